import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { ApiEndpoint } from '../kube/api-endpoint.ts';
import { loadKubeConfig } from '../kube/kube-config.ts';
import { createResourceClient } from '../kube/resource-client.ts';
import { createTransport } from '../kube/transport.ts';
import type { Clock } from '../ports/clock.ts';
import { isSluiceError } from '../ports/errors.ts';
import { CliError, wrongUsage } from './cli-error.ts';
import type { ConnectOptions } from './connect-options.ts';
import type { Connection } from './context.ts';
import { EXIT } from './exit-code.ts';
import { VERSION } from './version.ts';

/** Connects as kubectl would: `--kubeconfig`, `$KUBECONFIG`, `~/.kube/config`, then the pod's service account. Nothing is sent yet. */
export async function connectCluster(options: ConnectOptions, clock: Clock): Promise<Connection> {
  await requireFiles(options);
  const endpoint = readEndpoint(options, clock);
  const { requestTimeout } = options;
  const transport = createTransport({ endpoint, clock, userAgent: `kubectl-sluice/${VERSION}`, requestTimeout });
  return {
    cluster: createResourceClient(transport),
    namespace: endpoint.namespace ?? 'default',
    close: () => transport.close(),
  };
}

async function requireFiles({ certificateAuthority, clientCertificate, clientKey }: ConnectOptions): Promise<void> {
  const files = { 'certificate-authority': certificateAuthority, 'client-certificate': clientCertificate, 'client-key': clientKey };
  for (const [flag, file] of Object.entries(files)) {
    if (file === undefined) continue;
    try {
      await access(file, constants.R_OK);
    } catch (error) {
      throw wrongUsage(`cannot read "${file}" of --${flag}: ${error instanceof Error ? error.message : String(error)}`, 'name a PEM file');
    }
  }
}

/** A kubeconfig that the person named and that does not do is wrong usage; one that is not there leaves the cluster out of reach. */
function readEndpoint(options: ConnectOptions, clock: Clock): ApiEndpoint {
  const { kubeconfig: file, context, ...overrides } = options;
  try {
    return loadKubeConfig({ file, context, overrides, clock });
  } catch (error) {
    if (!isSluiceError(error, 'spec_invalid')) throw error;
    const isNamed = [file, context, overrides.cluster, overrides.user, overrides.server].some((flag) => flag !== undefined);
    throw new CliError(isNamed ? EXIT.usage : EXIT.unreachable, error.message, 'kubectl config get-contexts shows what there is');
  }
}
