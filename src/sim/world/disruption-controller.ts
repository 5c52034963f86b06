import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import type { Millis } from '../../api/time.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { POD_DISRUPTION_BUDGET } from '../cluster/built-in-kinds.ts';
import { selectsLabels } from '../cluster/evictions.ts';
import { stableJson } from '../cluster/stable-json.ts';
import type { Mirror, Mirrored } from './mirror.ts';
import { controllerUid } from './replica-set-controller.ts';
import { isDeleting, type PodView, type ReplicaSetView, readiness } from './workload-views.ts';

const FIELD_MANAGER = 'kube-controller-manager';

const share = z.union([z.int(), z.string()]).optional();

const budgetSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({ minAvailable: share, maxUnavailable: share, selector: z.looseObject({}).optional() }).default({}),
  status: z.looseObject({ disruptedPods: z.record(z.string(), z.string()).default({}) }).default({ disruptedPods: {} }),
});

export type BudgetView = z.infer<typeof budgetSchema>;

/** The part of a PodDisruptionBudget that its controller reads; undefined when it cannot be read. */
export function viewBudget(object: KubeObject): BudgetView | undefined {
  return budgetSchema.safeParse(object).data;
}

/** Percentages round up, both of what has to stay and of what may go. */
function resolve(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((of * Number.parseFloat(value)) / 100);
}

/** How many of the expected Pods have to stay healthy (kubernetes, disruption controller). */
function desiredHealthy({ minAvailable, maxUnavailable }: BudgetView['spec'], expected: number): number {
  if (maxUnavailable !== undefined) return Math.max(0, expected - resolve(maxUnavailable, expected));
  return resolve(minAvailable ?? 0, expected);
}

export interface DisruptionControllerOptions {
  readonly cluster: Pick<Cluster, 'update'>;
  readonly budgets: Mirror<BudgetView>;
  readonly pods: Mirror<PodView>;
  readonly replicaSets: Mirror<ReplicaSetView>;
}

function statusOf(budget: Mirrored<BudgetView>, options: DisruptionControllerOptions): Readonly<Record<string, unknown>> {
  const { metadata, spec, status } = budget.view;
  const selected = options.pods
    .list()
    .filter((pod) => pod.raw.metadata.namespace === metadata.namespace && selectsLabels(spec.selector, pod.raw.metadata.labels ?? {}));
  const owners = new Set(selected.map((pod) => controllerUid(pod.raw)));
  const sizes = options.replicaSets
    .list()
    .filter((set) => owners.has(set.raw.metadata.uid))
    .map((set) => set.view.spec.replicas);
  const expected = sizes.length === 0 ? selected.length : sizes.reduce((sum, size) => sum + size, 0);
  const there = new Set(selected.filter((pod) => !isDeleting(pod.view)).map((pod) => pod.view.metadata.name));
  // What was evicted counts as gone before it is seen to go.
  const disrupted = Object.fromEntries(Object.entries(status.disruptedPods).filter(([name]) => there.has(name)));
  const healthy = selected.filter(
    (pod) => !isDeleting(pod.view) && readiness(pod.view).ready && !Object.hasOwn(disrupted, pod.view.metadata.name),
  ).length;
  const desired = desiredHealthy(spec, expected);
  return {
    observedGeneration: metadata.generation ?? 0,
    disruptionsAllowed: Math.max(0, healthy - desired),
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
  };
}

/** Keeps `status.disruptionsAllowed` of the budgets, of which evictions spend. */
export function createDisruptionController(options: DisruptionControllerOptions): (key: string) => Promise<Millis | undefined> {
  return async (key) => {
    const budget = options.budgets.get(key);
    if (budget === undefined || isDeleting(budget.view)) return undefined;
    const status = statusOf(budget, options);
    if (stableJson(status) === stableJson(budget.raw['status'] ?? {})) return undefined;
    try {
      const written = await options.cluster.update(
        POD_DISRUPTION_BUDGET,
        { ...budget.raw, status },
        { fieldManager: FIELD_MANAGER, subresource: 'status' },
      );
      options.budgets.absorb(written);
    } catch (error) {
      // Gone meanwhile: the watch says so next.
      if (!isSluiceError(error, 'not_found')) throw error;
    }
    return undefined;
  };
}
