import type { KindDescriptor } from '../../../src/api/kinds.ts';
import { at } from '../../contract/fixtures.ts';
import { describeForeignReconciler } from './support/foreign-reconciler.ts';
import { applyAll } from './support/installation.ts';
import { NAMESPACE } from './support/shop.ts';
import type { ShopStage } from './support/shop-stage.ts';
import { theLab } from './support/the-lab.ts';

const GIT_REPOSITORY: KindDescriptor = {
  group: 'source.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'GitRepository',
  plural: 'gitrepositories',
  namespaced: true,
};
const KUSTOMIZATION: KindDescriptor = {
  group: 'kustomize.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  namespaced: true,
};
const SHOP = { namespace: NAMESPACE, name: 'shop' };
const lab = theLab();

function readyCondition(kustomization: unknown): { readonly status: unknown; readonly generation: unknown } | undefined {
  const conditions = at(kustomization, 'status.conditions');
  const ready = Array.isArray(conditions) ? conditions.find((one: unknown) => at(one, 'type') === 'Ready') : undefined;
  return ready === undefined ? undefined : { status: at(ready, 'status'), generation: at(ready, 'observedGeneration') };
}

async function kustomizationOf(stage: ShopStage): Promise<unknown> {
  return stage.admin.cluster.get(KUSTOMIZATION, SHOP);
}

describeForeignReconciler(lab, {
  name: 'Flux',
  test: 'flux',
  sideAnnotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' },
  async install(stage) {
    const { url, credential } = stage.remote;
    const sourceRef = { kind: 'GitRepository', name: 'shop' };
    const timing = { interval: '10m', retryInterval: '5s', timeout: '2m' };
    await applyAll(lab, [
      { apiVersion: 'v1', kind: 'Secret', metadata: { ...SHOP, name: 'flux-git' }, stringData: credential },
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: SHOP,
        spec: { url, ref: { branch: 'main' }, interval: '10m', secretRef: { name: 'flux-git' } },
      },
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: SHOP,
        spec: { ...timing, path: './shop', prune: true, wait: true, targetNamespace: NAMESPACE, sourceRef },
      },
    ]);
  },
  async refresh(stage) {
    const annotations = { 'reconcile.fluxcd.io/requestedAt': String(Date.now()) };
    await stage.admin.cluster.patch(GIT_REPOSITORY, SHOP, { type: 'merge', body: { metadata: { annotations } } });
  },
  async applied(stage) {
    return String(at(await kustomizationOf(stage), 'status.lastAppliedRevision')).replace('main@sha1:', '');
  },
  async health(stage) {
    const kustomization = await kustomizationOf(stage);
    const [tip] = await stage.remote.log();
    const attempted = String(at(kustomization, 'status.lastAttemptedRevision'));
    const ready = readyCondition(kustomization);
    if (ready === undefined || attempted !== `main@sha1:${tip?.oid}` || ready.generation !== at(kustomization, 'metadata.generation'))
      return 'Waiting';
    return ready.status === 'True' ? 'Good' : ready.status === 'False' ? 'Bad' : 'Waiting';
  },
  async remove(stage) {
    // Removed with what it applied, it would race with the namespace.
    await stage.admin.cluster.patch(KUSTOMIZATION, SHOP, { type: 'merge', body: { spec: { prune: false } } });
    await stage.admin.cluster.remove(KUSTOMIZATION, SHOP);
    await stage.admin.cluster.remove(GIT_REPOSITORY, SHOP);
  },
});
