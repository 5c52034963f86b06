import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ADMIN_TOKEN } from '../run/addresses.ts';
import { DOORS, openDoorsInside } from '../run/doors.ts';
import { kubeconfigText } from '../run/write-config.ts';
import { breachAndRestore } from '../tests/support/breach-and-restore.ts';
import { startController } from '../tests/support/controller-process.ts';
import { createForgeProject, FORGE_PASSWORD } from '../tests/support/forge.ts';
import { applyAll } from '../tests/support/installation.ts';
import { HOST, startGatewayLoad } from '../tests/support/routed-story.ts';
import { type Release, releaseFiles } from '../tests/support/shop.ts';
import { createShopStage } from '../tests/support/shop-stage.ts';
import { theLab } from '../tests/support/the-lab.ts';
import { TRAEFIK_PLANE } from '../tests/support/traefik-plane.ts';

/** `story-inside DOORS [forge]`: plays the story and leaves everything as it is until Ctrl-C. */
const outside = z.record(z.enum(Object.keys(DOORS) as [keyof typeof DOORS]), z.string()).parse(JSON.parse(process.argv[2] ?? '{}'));
const withForge = process.argv[3] === 'forge';
const lab = theLab();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const release = (tag: string, errorRate = 0): Release => ({ tag, errorRate, paymentTimeout: `${tag}s`, routing: TRAEFIK_PLANE.routing });
const [first, good, bad] = [release('1'), release('2'), release('3', 0.4)];

const ended = new Promise<void>((resolve) => process.once('SIGINT', resolve));
await openDoorsInside(lab);
const kubeconfig = path.join(lab.directory, 'outside.kubeconfig');
writeFileSync(kubeconfig, kubeconfigText(lab, { token: ADMIN_TOKEN }, { server: outside.apiServer }), { mode: 0o600 });
tell(`story: from another terminal: export KUBECONFIG=${kubeconfig}`);

const project = withForge ? await createForgeProject(lab, 'shop') : undefined;
const stage = await createShopStage(lab, 'show', first, project === undefined ? {} : { remote: project.remote });
await applyAll(lab, TRAEFIK_PLANE.objects);
const controller = startController(lab, stage.installation.kubeconfig, 'controller');
const load = startGatewayLoad(TRAEFIK_PLANE);

async function play(): Promise<void> {
  await stage.untilHealthyWith(first, 60);
  tell('story: release 1 serves');
  const goodCommit = await stage.remote.push('checkout 2: faster baskets', releaseFiles(good));
  tell('story: release 2 is pushed; its canary is judged at 20 % and at 60 %');
  await stage.untilHealthyWith(good, 180);
  tell('story: release 2 is promoted');
  tell('story: release 3 is pushed; it fails 40 % of its requests');
  tell(`story: ${await breachAndRestore(stage, { good: goodCommit, goodRelease: good, bad, limit: 180, load })}`);
  tell('story: Git, the cluster and what runs agree on release 2 again');
}

function howToLook(): readonly string[] {
  const plugin = `${process.execPath} ${path.resolve(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'kubectl-sluice.ts')}`;
  const query = new URLSearchParams({ query: 'sum by (pod_template_hash, code) (rate(http_requests_total[10s]))' });
  return [
    `  kubectl        export KUBECONFIG=${kubeconfig}; kubectl get rollouts,analysisruns,gitsyncs -n shop`,
    `  the plugin     ${plugin} get rollout checkout -n shop`,
    `  Prometheus     ${outside.prometheus}/api/v1/query?${query.toString()}`,
    `  the gateway    curl -H 'Host: ${HOST}' ${outside.gateway}/`,
    project === undefined
      ? `  Git            git --git-dir ${lab.repositories}/$(ls ${lab.repositories}) log main`
      : `  Gitea          ${outside.gitea}/${project.person}, user ${project.person}, password ${FORGE_PASSWORD}`,
    `  the logs       ${controller.log}, and those of the parts beside it`,
  ];
}

let failure: unknown;
await Promise.race([
  ended,
  play().catch((error: unknown) => {
    failure = error;
    tell(`story: it failed: ${error instanceof Error ? error.message : String(error)}`);
  }),
]);
tell(['', 'The lab stays as it is until Ctrl-C; its users go on sending requests:', ...howToLook()].join('\n'));
await ended;
await load.stop();
await controller.stop();
await project?.close();
process.exit(failure === undefined ? 0 : 1);
