import { z } from 'zod';
import { ANALYSIS_RUN, POD, REPLICA_SET, ROLLOUT, SERVICE } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import { memoByObject } from '../../core/identity/memo-by-object.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { keyOf } from '../world/mirror.ts';
import { controllerUid } from '../world/replica-set-controller.ts';
import { isDeleting, readiness, selects, viewPod } from '../world/workload-views.ts';

/** The cluster between two writes. Views are values: a later write does not change an earlier view. */
export interface WorldView {
  objects(kind: ResourceKind): readonly KubeObject[];
  object(kind: ResourceKind, key: string): KubeObject | undefined;
}

const EMPTY: ReadonlyMap<string, KubeObject> = new Map();

/** Names a kind among all groups. */
export function kindKey(kind: ResourceKind): string {
  return `${kind.plural}.${kind.group}`;
}

/** The maps of views never change: every rule and every view that holds one reads the same list. */
const listOf = memoByObject((objects: ReadonlyMap<string, KubeObject>): readonly KubeObject[] => [...objects.values()]);

/** A view over these objects, by kind key and object key. */
export function createView(kinds: ReadonlyMap<string, ReadonlyMap<string, KubeObject>>): WorldView {
  return {
    objects: (kind) => listOf(kinds.get(kindKey(kind)) ?? EMPTY),
    object: (kind, key) => kinds.get(kindKey(kind))?.get(key),
  };
}

/** The maps with one object replaced, added or (with undefined) removed; the given ones stay as they are. */
export function withObject(
  kinds: ReadonlyMap<string, ReadonlyMap<string, KubeObject>>,
  kind: ResourceKind,
  key: string,
  object: KubeObject | undefined,
): ReadonlyMap<string, ReadonlyMap<string, KubeObject>> {
  const objects = new Map(kinds.get(kindKey(kind)) ?? EMPTY);
  if (object === undefined) objects.delete(key);
  else objects.set(key, object);
  return new Map(kinds).set(kindKey(kind), objects);
}

const text = z.string().optional();
const share = z.union([z.number(), z.string()]).optional();

const rolloutViewSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    replicas: z.int().default(1),
    rollbackWindow: z.looseObject({}).optional(),
    strategy: z
      .looseObject({
        canary: z
          .looseObject({
            maxSurge: share,
            maxUnavailable: share,
            stableService: text,
            canaryService: text,
            steps: z.array(z.looseObject({})).default([]),
            trafficRouting: z.looseObject({ maxTrafficWeight: z.number().default(100) }).optional(),
            pingPong: z.looseObject({ pingService: z.string(), pongService: z.string() }).optional(),
            replicaProgressThreshold: z.looseObject({}).optional(),
            minPodsPerReplicaSet: z.int().default(0),
          })
          .optional(),
        blueGreen: z.looseObject({ activeService: text, maxUnavailable: share }).optional(),
      })
      .default({}),
  }),
  status: z
    .looseObject({
      observedGeneration: z.int().default(-1),
      phase: text,
      message: text,
      currentPodHash: text,
      stableRS: text,
      currentStepIndex: z.int().optional(),
      currentStepHash: text,
      abort: z.boolean().optional(),
      promoteFull: z.boolean().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string().default(''), reason: z.string().default('') })).optional(),
      fastRollback: z.looseObject({ podTemplateHash: text }).optional(),
      lastHandledRequest: text,
      lastHandledAbort: text,
      routing: z
        .looseObject({
          trafficRouting: z.looseObject({ maxTrafficWeight: z.number().default(100) }),
          stableService: text,
          canaryService: text,
          pingPong: z.looseObject({ pingService: z.string(), pongService: z.string() }).optional(),
        })
        .optional(),
      rollback: z.looseObject({ id: z.string(), state: z.string(), podTemplateHash: z.string(), analysisRun: text }).optional(),
    })
    .default({ observedGeneration: -1 }),
});

export type RolloutView = z.infer<typeof rolloutViewSchema>;

// Objects in views never change.
const readRollout = memoByObject((object: KubeObject) => rolloutViewSchema.safeParse(object).data);

const readServing = memoByObject((pod: KubeObject) => {
  const view = viewPod(pod);
  return view !== undefined && readiness(view).ready && !isDeleting(view);
});

/** The part of a Rollout that the checks read; undefined for an object that cannot be read, of which they then say nothing. */
export function viewRollout(object: KubeObject | undefined): RolloutView | undefined {
  return object === undefined ? undefined : readRollout(object);
}

/** The Rollout's ReplicaSets. */
export function replicaSetsOf(view: WorldView, rollout: RolloutView): readonly KubeObject[] {
  return view.objects(REPLICA_SET).filter((replicaSet) => controllerUid(replicaSet) === rollout.metadata.uid);
}

/** The Rollout that controls this ReplicaSet. */
export function ownerOf(view: WorldView, replicaSet: KubeObject): RolloutView | undefined {
  const uid = controllerUid(replicaSet);
  return viewRollout(view.objects(ROLLOUT).find((rollout) => rollout.metadata.uid === uid));
}

/** Whether a Rollout, whichever, controls this object. */
export function isOfRollout({ metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some((owner) => owner.controller === true && owner.kind === ROLLOUT.kind) === true;
}

/** The pod-template-hash of an object's labels. */
export function hashOf(object: KubeObject): string | undefined {
  return object.metadata.labels?.[POD_TEMPLATE_HASH];
}

const countsSchema = z.looseObject({
  spec: z.looseObject({ replicas: z.int().default(1) }).default({ replicas: 1 }),
  status: z
    .looseObject({ availableReplicas: z.int().default(0), readyReplicas: z.int().default(0) })
    .default({ availableReplicas: 0, readyReplicas: 0 }),
});

interface Counts {
  readonly spec: number;
  readonly available: number;
  readonly ready: number;
}

/** Size and availability of a ReplicaSet, as its object says. */
export const countsOf: (replicaSet: KubeObject) => Counts = memoByObject((replicaSet) => {
  const { spec, status } = countsSchema.parse(replicaSet);
  return { spec: spec.replicas, available: status.availableReplicas, ready: status.readyReplicas };
});

/** Whether the pod is Ready and stays. */
export function isServing(pod: KubeObject): boolean {
  return readServing(pod);
}

/** Ready pods in `namespace` that this selector selects. */
export function readyPods(view: WorldView, namespace: string | undefined, selector: Readonly<Record<string, string>>): number {
  return view.objects(POD).filter((pod) => pod.metadata.namespace === namespace && selects(selector, pod.metadata.labels) && isServing(pod))
    .length;
}

const selectorSchema = z.looseObject({ spec: z.looseObject({ selector: z.record(z.string(), z.string()).nullish() }).default({}) });

const readSelector = memoByObject((service: KubeObject) => selectorSchema.safeParse(service).data?.spec.selector ?? {});

/** A Service's selector; empty when it has none. */
export function selectorOf(service: KubeObject | undefined): Readonly<Record<string, string>> {
  return service === undefined ? {} : readSelector(service);
}

/** Services in `namespace` whose selector names this hash. */
export function servicesSelecting(view: WorldView, namespace: string | undefined, hash: string): readonly KubeObject[] {
  return view
    .objects(SERVICE)
    .filter((service) => service.metadata.namespace === namespace && selectorOf(service)[POD_TEMPLATE_HASH] === hash);
}

const runSchema = z.looseObject({ status: z.looseObject({ phase: text }).optional() });

const readPhase = memoByObject((run: KubeObject) => runSchema.safeParse(run).data?.status?.phase ?? '');

/** Phases of the AnalysisRuns of one revision, with their labels. */
export function runsOf(
  view: WorldView,
  namespace: string | undefined,
  hash: string,
): readonly { readonly run: KubeObject; readonly phase: string }[] {
  return view
    .objects(ANALYSIS_RUN)
    .filter((run) => run.metadata.namespace === namespace && hashOf(run) === hash)
    .map((run) => ({ run, phase: readPhase(run) }));
}

/** `namespace/name` of an object, or its name. */
export function named(object: Pick<KubeObject, 'metadata'>): string {
  return keyOf(object);
}
