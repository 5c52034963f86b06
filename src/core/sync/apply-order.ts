import type { Manifest } from './manifest.ts';

/** Later stages need what earlier ones create; our Rollout comes last, so that what its revision uses is there first. */
const STAGES: readonly (readonly string[])[] = [
  ['CustomResourceDefinition', 'Namespace'],
  [
    'ResourceQuota',
    'LimitRange',
    'ServiceAccount',
    'Role',
    'ClusterRole',
    'RoleBinding',
    'ClusterRoleBinding',
    'StorageClass',
    'PriorityClass',
    'IngressClass',
    'GatewayClass',
  ],
  [
    'ConfigMap',
    'Secret',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Service',
    'NetworkPolicy',
    'Gateway',
    'HTTPRoute',
    'GRPCRoute',
    'Ingress',
    'MetricProvider',
    'GitTarget',
  ],
  ['AnalysisTemplate', 'ClusterAnalysisTemplate'],
  [],
  ['Rollout'],
];
const OTHERS = 4;

/** Objects in the stages in which they are applied: all of one is tried before any of it is written, and each in a fixed order. */
export function applyStages(manifests: readonly Manifest[]): readonly (readonly Manifest[])[] {
  const stageOf = (manifest: Manifest): number => {
    const stage = STAGES.findIndex((kinds) => kinds.includes(manifest.kind));
    return stage < 0 ? OTHERS : stage;
  };
  const rank = (manifest: Manifest): number => STAGES[stageOf(manifest)]?.indexOf(manifest.kind) ?? 0;
  const inOrder = (a: Manifest, b: Manifest): number => rank(a) - rank(b) || (a.id < b.id ? -1 : 1);
  const byStage = Map.groupBy(manifests, stageOf);
  return STAGES.flatMap((_kinds, stage) => {
    const members = byStage.get(stage);
    return members === undefined ? [] : [members.toSorted(inOrder)];
  });
}
