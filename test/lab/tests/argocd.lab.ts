import type { KindDescriptor } from '../../../src/api/kinds.ts';
import { at } from '../../contract/fixtures.ts';
import { ARGOCD_NAMESPACE } from '../run/argocd.ts';
import { describeForeignReconciler } from './support/foreign-reconciler.ts';
import { applyAll } from './support/installation.ts';
import { NAMESPACE } from './support/shop.ts';
import type { ShopStage } from './support/shop-stage.ts';
import { theLab } from './support/the-lab.ts';

const APPLICATION: KindDescriptor = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Application',
  plural: 'applications',
  namespaced: true,
};
const APP = { namespace: ARGOCD_NAMESPACE, name: 'shop' };
const lab = theLab();

const application = (stage: ShopStage): Promise<unknown> => stage.admin.cluster.get(APPLICATION, APP);

describeForeignReconciler(lab, {
  name: 'Argo CD',
  test: 'argocd',
  sideAnnotations: {},
  async install(stage) {
    const { url, credential } = stage.remote;
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
    await applyAll(lab, [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { ...APP, name: 'shop-repository', labels },
        stringData: { type: 'git', url, ...credential },
      },
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: APP,
        spec: {
          project: 'default',
          source: { repoURL: url, targetRevision: 'main', path: 'shop' },
          destination: { server: 'https://kubernetes.default.svc', namespace: NAMESPACE },
          ignoreDifferences: [{ group: '', kind: 'Service', jsonPointers: ['/spec/selector'] }],
          syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['RespectIgnoreDifferences=true'] },
        },
      },
    ]);
  },
  async refresh(stage) {
    const annotations = { 'argocd.argoproj.io/refresh': 'normal' };
    await stage.admin.cluster.patch(APPLICATION, APP, { type: 'merge', body: { metadata: { annotations } } });
  },
  async applied(stage) {
    const state = await application(stage);
    return at(state, 'status.sync.status') === 'Synced' ? String(at(state, 'status.sync.revision')) : undefined;
  },
  async health(stage) {
    const state = await application(stage);
    const [tip] = await stage.remote.log();
    if (at(state, 'status.sync.revision') !== tip?.oid || at(state, 'status.sync.status') !== 'Synced') return 'Waiting';
    const health = at(state, 'status.health.status');
    return health === 'Healthy' ? 'Good' : health === 'Degraded' ? 'Bad' : 'Waiting';
  },
  async remove(stage) {
    await stage.admin.cluster.remove(APPLICATION, APP);
  },
});
