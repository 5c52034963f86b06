import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { OWN_KINDS } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { isSluiceError } from '../../../../src/ports/errors.ts';
import { RELEASE, render } from '../../../chart/render.ts';
import { type CommandResult, runTool } from '../../../support/kubectl.ts';
import type { Connection } from '../../run/lab-cluster.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { kubeconfigText } from '../../run/write-config.ts';
import { until } from './until.ts';

/** What the tests start themselves, or what nothing in the lab reads. */
const NOT_APPLIED = ['Deployment', 'PodDisruptionBudget'];

/** kubectl as the lab's administrator; fails with what it said. */
export async function kubectl(lab: LabFiles, args: readonly string[], input = ''): Promise<string> {
  const result: CommandResult = await runTool('kubectl', args, { env: { KUBECONFIG: lab.kubeconfig }, input });
  if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** Applies objects as a person does, with unknown fields refused. */
export async function applyAll(lab: LabFiles, objects: readonly KubeObject[]): Promise<void> {
  await kubectl(lab, ['apply', '--server-side', '--force-conflicts', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));
}

/** An installation of the chart with these values, without its Deployment. */
export interface Installation {
  /** What the chart rendered. */
  readonly objects: readonly KubeObject[];
  /** Acts as the controller's service account. */
  readonly kubeconfig: string;
}

async function untilServed(admin: Connection): Promise<void> {
  for (const kind of OWN_KINDS) {
    await until(`${kind.plural} are served`, () =>
      admin.cluster.list(kind, { limit: 1 }).catch((error: unknown) => {
        if (isSluiceError(error, 'not_found') || isSluiceError(error, 'rate_limited')) return undefined;
        throw error;
      }),
    );
  }
}

/** Installs what real helm makes of the chart; the controller's rights are those of its service account. */
export async function installChart(lab: LabFiles, admin: Connection, values: Readonly<Record<string, unknown>>): Promise<Installation> {
  const objects = await render(values);
  await applyAll(lab, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: RELEASE.namespace } }]);
  await applyAll(
    lab,
    objects.filter((object) => !NOT_APPLIED.includes(object.kind)),
  );
  await untilServed(admin);
  const token = await kubectl(lab, ['create', 'token', RELEASE.name, '--namespace', RELEASE.namespace, '--duration=4h']);
  const kubeconfig = path.join(lab.directory, 'controller.kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText(lab, { token: token.trim() }), { mode: 0o600 });
  return { objects, kubeconfig };
}
