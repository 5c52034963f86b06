import { randomBytes } from 'node:crypto';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { plainEndpoint } from '../../src/kube/api-endpoint.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import { createResourceClient } from '../../src/kube/resource-client.ts';
import { createTransport } from '../../src/kube/transport.ts';
import { createSimCluster, type SimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { serveSimCluster } from '../../src/sim/http/serve-sim-cluster.ts';
import { describeClusterContract } from './cluster-contract.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };

function agedCluster(): SimCluster {
  const cluster = createSimCluster({ clock: createSystemClock(), crds: [] });
  // The first versions are gone, as they are on any server that has run for a while.
  cluster.compact();
  return cluster;
}

describeClusterContract('the simulated cluster in this process', async () => ({
  cluster: agedCluster().as(ADMIN),
  namespace: 'contract',
  close: () => Promise.resolve(),
}));

describeClusterContract('the resource client over the simulated HTTP front', async () => {
  const front = await serveSimCluster({ cluster: agedCluster(), users: { secret: ADMIN }, port: 0 });
  const transport = createTransport({
    endpoint: plainEndpoint(front.urlFor('secret')),
    clock: createSystemClock(),
    userAgent: 'contract/1',
  });
  return {
    cluster: createResourceClient(transport),
    namespace: 'contract',
    async close() {
      await transport.close();
      await front.close();
    },
  };
});

// A real API server, as the lab starts one; the suite is the same.
const file = process.env['LAB_KUBECONFIG'];
if (file !== undefined && file !== '') {
  describeClusterContract('a real API server', async () => {
    const clock = createSystemClock();
    const transport = createTransport({ endpoint: loadKubeConfig({ file, clock }), clock, userAgent: 'contract/1' });
    return {
      cluster: createResourceClient(transport),
      namespace: `contract-${randomBytes(4).toString('hex')}`,
      close: () => transport.close(),
    };
  });
}
