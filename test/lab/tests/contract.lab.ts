import { randomBytes } from 'node:crypto';
import { NAMESPACE } from '../../../src/api/kinds.ts';
import { describeClusterContract } from '../../contract/cluster-contract.ts';
import { connect } from '../run/lab-cluster.ts';
import { kubeconfigOfTest } from './support/kubeconfig-of-test.ts';

describeClusterContract('a real API server', async () => {
  const { cluster, close } = connect(kubeconfigOfTest(), 'contract/1');
  const namespace = `contract-${randomBytes(4).toString('hex')}`;
  return {
    cluster,
    namespace,
    close: async () => {
      await cluster.remove(NAMESPACE, { name: namespace });
      await close();
    },
  };
});
