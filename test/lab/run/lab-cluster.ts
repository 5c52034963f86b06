import { createSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { loadKubeConfig } from '../../../src/kube/kube-config.ts';
import { createResourceClient } from '../../../src/kube/resource-client.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';

/** The API server of a kubeconfig through Sluice's own client. */
export interface Connection {
  readonly cluster: Cluster;
  close(): Promise<void>;
}

/** Connects with the credentials of this kubeconfig. */
export function connect(kubeconfig: string, userAgent = 'sluice-lab/1'): Connection {
  const clock = createSystemClock();
  const transport = createTransport({ endpoint: loadKubeConfig({ file: kubeconfig, clock }), clock, userAgent });
  return { cluster: createResourceClient(transport), close: () => transport.close() };
}
