import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { binaryPath, partFiles } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';
import { ADDRESSES, portOf } from './addresses.ts';
import { ensureNamespace, installCrdsBelow } from './furnish.ts';
import type { LabFiles } from './lab-files.ts';
import type { PartCommand } from './part-command.ts';

const LOCAL = '127.0.0.1';

function at(files: LabFiles, name: string): string {
  return path.join(files.directory, name);
}

/** Contour's definitions and namespace, and the two files that it and Envoy start from. */
export async function prepareContour(files: LabFiles, cluster: Cluster): Promise<void> {
  await installCrdsBelow(cluster, partFiles(partNamed('contour'), 'examples', 'contour'));
  await ensureNamespace(cluster, 'projectcontour');
  writeFileSync(at(files, 'contour.json'), JSON.stringify({ disablePermitInsecure: false, 'accesslog-level': 'error' }));
  const xds = [`--xds-address=${LOCAL}`, `--xds-port=${portOf(ADDRESSES.contourXds)}`];
  execFileSync(binaryPath(partNamed('contour')), [
    'bootstrap',
    at(files, 'envoy.json'),
    ...xds,
    `--admin-address=${at(files, 'envoy-admin.sock')}`,
  ]);
}

/** Contour itself. */
export function contourCommand(files: LabFiles): PartCommand {
  const listen = (what: string, address: string): readonly string[] => [`--${what}-address=${LOCAL}`, `--${what}-port=${portOf(address)}`];
  return {
    program: binaryPath(partNamed('contour')),
    args: [
      'serve',
      `--kubeconfig=${files.kubeconfig}`,
      '--insecure',
      '--disable-leader-election',
      `--config-path=${at(files, 'contour.json')}`,
      ...listen('xds', ADDRESSES.contourXds),
      ...listen('envoy-service-http', ADDRESSES.envoy),
      ...listen('stats', ADDRESSES.envoyStats),
      ...listen('health', ADDRESSES.contour),
      ...listen('http', 'tcp://127.0.0.1:8900'),
      ...listen('debug-http', 'tcp://127.0.0.1:6061'),
      ...listen('envoy-service-https', 'tcp://127.0.0.1:8444'),
    ],
    ready: `${ADDRESSES.contour}/healthz`,
  };
}

/** The Envoy that Contour steers. */
export function envoyCommand(files: LabFiles): PartCommand {
  const identity = ['--service-cluster', 'lab', '--service-node', 'lab'];
  return {
    program: binaryPath(partNamed('envoy')),
    // Hot restart would share memory with another lab's Envoy.
    args: ['-c', at(files, 'envoy.json'), ...identity, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'warning'],
    ready: `${ADDRESSES.envoyStats}/ready`,
  };
}
