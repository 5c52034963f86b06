import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createSystemClock } from '../../../../src/adapters/clock/system-clock.ts';
import { runConnected } from '../../../cli/run-connected.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { kubeconfigText } from '../../run/write-config.ts';
import { kubectl } from './installation.ts';

/** Runs the plugin with the rights of a person who has this role in a namespace, and none beyond; `role` is `clusterrole=view` or `role=NAME`. */
export async function pluginAs(
  lab: LabFiles,
  namespace: string,
  role: string,
): Promise<(words: string) => ReturnType<typeof runConnected>> {
  const person = role.replace('=', '-');
  const run = (...args: readonly string[]): Promise<string> => kubectl(lab, ['--namespace', namespace, ...args]);
  await run('create', 'serviceaccount', person);
  await run('create', 'rolebinding', person, `--${role}`, `--serviceaccount=${namespace}:${person}`);
  const token = (await run('create', 'token', person)).trim();
  const kubeconfig = path.join(lab.directory, `${namespace}-${person}.kubeconfig`);
  writeFileSync(kubeconfig, kubeconfigText(lab, { token }), { mode: 0o600 });
  return (words) => runConnected(`${words} --namespace ${namespace}`, kubeconfig, createSystemClock());
}
