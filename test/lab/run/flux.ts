import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { binaryPath, partFiles } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';
import { ADDRESSES } from './addresses.ts';
import { ensureNamespace, installCrdsBelow } from './furnish.ts';
import type { LabFiles } from './lab-files.ts';
import type { PartCommand } from './part-command.ts';

type FluxController = 'source-controller' | 'kustomize-controller';

/** A controller's definitions, and the namespace that it takes for its own. */
export async function prepareFlux(files: LabFiles, cluster: Cluster, controller: FluxController): Promise<void> {
  mkdirSync(path.join(files.directory, 'flux'), { recursive: true });
  await installCrdsBelow(cluster, partFiles(partNamed(controller), 'config', 'crd', 'bases'));
  await ensureNamespace(cluster, 'flux-system');
}

function command(files: LabFiles, controller: FluxController, health: string, args: readonly string[]): PartCommand {
  // Without an address for events they go to Kubernetes alone, and no notification controller is missed.
  const common = ['--metrics-addr=127.0.0.1:0', `--health-addr=${new URL(health).host}`, '--events-addr=', '--log-level=info'];
  return {
    program: binaryPath(partNamed(controller)),
    args: [...args, ...common],
    // It trusts the lab's Git server.
    env: { KUBECONFIG: files.kubeconfig, RUNTIME_NAMESPACE: 'flux-system', SSL_CERT_FILE: files.authority },
    ready: `${health}/readyz`,
  };
}

/** Fetches repositories, and serves what it fetched to the other one. */
export function sourceControllerCommand(files: LabFiles): PartCommand {
  const artifacts = new URL(ADDRESSES.fluxArtifacts).host;
  const storage = [
    `--storage-path=${path.join(files.directory, 'flux')}`,
    `--storage-addr=${artifacts}`,
    `--storage-adv-addr=${artifacts}`,
  ];
  return command(files, 'source-controller', ADDRESSES.fluxSource, storage);
}

/** Applies it. A new commit does not wait for the health of the one before. */
export function kustomizeControllerCommand(files: LabFiles): PartCommand {
  return command(files, 'kustomize-controller', ADDRESSES.fluxKustomize, ['--feature-gates=CancelHealthCheckOnNewRevision=true']);
}
