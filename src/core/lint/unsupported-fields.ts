import { CONTOUR_PLUGIN } from '../../api/contour-routing.ts';
import { fieldPath } from '../../api/field-path.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { GATEWAY_API_PLUGIN } from '../../api/gateway-api-routing.ts';
import type { Rollout } from '../../api/rollout.ts';
import { memoByObject } from '../identity/memo-by-object.ts';
import { problemAt } from './problem-at.ts';

/** Fields that the engine does: `true` takes a whole subtree; in a list the tree stands for every entry. */
type Tree = true | { readonly [field: string]: Tree };

const ANALYSIS: Tree = {
  templates: true,
  dryRun: true,
  measurementRetention: true,
  analysisRunMetadata: true,
  args: { name: true, value: true, valueFrom: { podTemplateHashValue: true, fieldRef: true } },
};

const SUPPORTED: Exclude<Tree, true> = {
  replicas: true,
  selector: true,
  template: true,
  workloadRef: true,
  minReadySeconds: true,
  revisionHistoryLimit: true,
  progressDeadlineSeconds: true,
  progressDeadlineAbort: true,
  releaseDeadline: true,
  paused: true,
  rollbackWindow: true,
  restartAt: true,
  service: true,
  strategy: {
    canary: {
      stableService: true,
      canaryService: true,
      maxSurge: true,
      maxUnavailable: true,
      steps: { setWeight: true, pause: true, analysis: ANALYSIS, setCanaryScale: true, setHeaderRoute: true, setMirrorRoute: true },
      trafficRouting: {
        gatewayAPI: true,
        istio: true,
        nginx: true,
        traefik: true,
        contour: true,
        plugins: { [GATEWAY_API_PLUGIN]: true, [CONTOUR_PLUGIN]: true },
        managedRoutes: true,
        maxTrafficWeight: true,
        settle: true,
      },
      scaleDownDelaySeconds: true,
      scaleDownDelayRevisionLimit: true,
      abortScaleDownDelaySeconds: true,
      dynamicStableScale: true,
      pingPong: true,
      canaryMetadata: true,
      stableMetadata: true,
      antiAffinity: true,
      minPodsPerReplicaSet: true,
      replicaProgressThreshold: true,
      analysis: { ...ANALYSIS, startingStep: true },
    },
    blueGreen: {
      activeService: true,
      previewService: true,
      previewReplicaCount: true,
      autoPromotionEnabled: true,
      autoPromotionSeconds: true,
      prePromotionAnalysis: ANALYSIS,
      postPromotionAnalysis: ANALYSIS,
      scaleDownDelaySeconds: true,
      scaleDownDelayRevisionLimit: true,
      abortScaleDownDelaySeconds: true,
      maxUnavailable: true,
      previewMetadata: true,
      activeMetadata: true,
      antiAffinity: true,
    },
  },
  rollback: true,
  config: true,
  analysis: { successfulRunHistoryLimit: true, unsuccessfulRunHistoryLimit: true },
};

/** One spec is walked once, however often is decided on it. */
const inSpec = memoByObject((spec: Rollout['spec']): readonly FieldProblem[] => unsupportedIn(SUPPORTED, spec, ['spec']));

/** Every field of a Rollout that is understood but not done yet: `Stalled`, reason `Unsupported`, and what already serves is left untouched. */
export function unsupportedFields({ spec }: Rollout): readonly FieldProblem[] {
  return inSpec(spec);
}

function unsupportedIn(tree: Tree, value: unknown, path: readonly PropertyKey[]): readonly FieldProblem[] {
  if (tree === true || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => unsupportedIn(tree, item, [...path, index]));
  return Object.entries(value).flatMap(([key, member]) => {
    const known = Object.hasOwn(tree, key) ? tree[key] : undefined;
    if (known !== undefined) return unsupportedIn(known, member, [...path, key]);
    return saysNothing(member) ? [] : [unsupportedField(tree, member, [...path, key])];
  });
}

/** A switch that is off and an empty list ask for nothing. */
function saysNothing(value: unknown): boolean {
  return value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}

function unsupportedField(tree: Exclude<Tree, true>, value: unknown, path: readonly PropertyKey[]): FieldProblem {
  const known = Object.keys(tree).join(', ');
  return problemAt(fieldPath(path), value, 'Unsupported: this version does not do it yet', `remove it; this version does here: ${known}`);
}
