import { z } from 'zod';
import { ANALYSIS_RUN, HTTP_ROUTE } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { inSeconds } from '../tests/support/breach-and-restore.ts';
import { startController } from '../tests/support/controller-process.ts';
import { applyAll } from '../tests/support/installation.ts';
import { untilRestoreIsPushed } from '../tests/support/prove-restore.ts';
import { startGatewayLoad } from '../tests/support/routed-story.ts';
import { imageOf, type Release, releaseFiles } from '../tests/support/shop.ts';
import { createShopStage } from '../tests/support/shop-stage.ts';
import { theLab } from '../tests/support/the-lab.ts';
import { TRAEFIK_PLANE } from '../tests/support/traefik-plane.ts';
import { followObjects } from './follow-objects.ts';

/** `breach-inside BUNDLE`: a bad release through a real gateway, and how long each answer to it takes the built controller. */
const [bundle = ''] = process.argv.slice(2);
const SECONDS = 180;
const lab = theLab();
const release = (tag: string, errorRate = 0): Release => ({ tag, errorRate, paymentTimeout: `${tag}s`, routing: TRAEFIK_PLANE.routing });
const [first, bad] = [release('1'), release('2', 0.4)];
const badAnswer = `${imageOf(bad)} 500`;

const runSchema = z.object({ status: z.object({ phase: z.string().optional() }).optional() });
const routeSchema = z.object({ spec: z.object({ rules: z.array(z.object({ backendRefs: z.array(z.object({ weight: z.int() })) })) }) });

/** When each thing was first seen, in milliseconds since 1970. */
const seen: { failed?: number; routed?: number; weight?: number } = {};
function readRun(object: KubeObject): void {
  if (runSchema.parse(object).status?.phase === 'Failed') seen.failed ??= Date.now();
}
function readRoute(object: KubeObject): void {
  const canary = routeSchema.parse(object).spec.rules[0]?.backendRefs[1]?.weight ?? 0;
  if (canary > 0) seen.routed ??= Date.now();
  else if (seen.routed !== undefined) seen.weight ??= Date.now();
}

const stage = await createShopStage(lab, 'bench', first);
await applyAll(lab, TRAEFIK_PLANE.objects);
const controller = startController(lab, stage.installation.kubeconfig, 'bench', { program: [bundle] });
const load = startGatewayLoad(TRAEFIK_PLANE);
await stage.untilHealthyWith(first, SECONDS);
const runs = await followObjects(stage.admin.cluster, ANALYSIS_RUN, readRun);
const routes = await followObjects(stage.admin.cluster, HTTP_ROUTE, readRoute);
const commit = await stage.remote.push('checkout 2: new payment client', releaseFiles(bad));
const pushed = await untilRestoreIsPushed(stage, commit, SECONDS);
await stage.untilRollout('the restore is applied', ({ status }) => status?.rollback?.state === 'Applied', SECONDS);
const after = (moment: number | undefined): string =>
  moment === undefined || seen.failed === undefined ? 'never seen' : inSeconds(moment - seen.failed);
const answers = load.tallies()[badAnswer];
process.stdout.write(
  `breach: from the failed analysis to weight 0 in the route ${after(seen.weight)}, to the last bad answer ${after(answers?.last)} (${answers?.count ?? 0} in all), to the restore commit in Git ${after(pushed)}\n`,
);
runs.stop();
routes.stop();
await load.stop();
await stage.close();
await controller.stop();
