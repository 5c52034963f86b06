import type { ApiEndpoint } from '../kube/api-endpoint.ts';
import { loadKubeConfig } from '../kube/kube-config.ts';
import { createResourceClient } from '../kube/resource-client.ts';
import { createTransport } from '../kube/transport.ts';
import type { Clock } from '../ports/clock.ts';
import { isSluiceError } from '../ports/errors.ts';
import { CliError } from './cli-error.ts';
import type { Connection, ConnectOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { VERSION } from './version.ts';

/** Connects as kubectl would: `--kubeconfig`, `$KUBECONFIG`, `~/.kube/config`, then the pod's service account. Nothing is sent yet. */
export async function connectCluster(options: ConnectOptions, clock: Clock): Promise<Connection> {
  const endpoint = readEndpoint(options, clock);
  const transport = createTransport({ endpoint, clock, userAgent: `kubectl-sluice/${VERSION}` });
  return {
    cluster: createResourceClient(transport),
    namespace: endpoint.namespace ?? 'default',
    close: () => transport.close(),
  };
}

/** A kubeconfig that the person named and that does not do is wrong usage; one that is not there leaves the cluster out of reach. */
function readEndpoint(options: ConnectOptions, clock: Clock): ApiEndpoint {
  try {
    return loadKubeConfig({ file: options.kubeconfig, context: options.context, clock });
  } catch (error) {
    if (!isSluiceError(error, 'spec_invalid')) throw error;
    const isNamed = options.kubeconfig !== undefined || options.context !== undefined;
    throw new CliError(isNamed ? EXIT.usage : EXIT.unreachable, error.message, 'kubectl config get-contexts shows what there is');
  }
}
