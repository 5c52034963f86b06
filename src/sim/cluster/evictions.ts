import type { KubeObject } from '../../api/metadata.ts';
import { formatInstant } from '../../api/time.ts';
import type { EvictOptions } from '../../ports/cluster.ts';
import { apiError, notFound } from './api-error.ts';
import { POD_DISRUPTION_BUDGET } from './built-in-kinds.ts';
import { deleteObject } from './deletes.ts';
import { asJson, cloneJson, isObject, valueAt } from './json.ts';
import { resourceKey } from './resource.ts';
import { objectKeyOf, type WriteContext, type WriteTarget, writeInternally } from './writes.ts';

const SERVER = { name: 'system:apiserver', groups: [] };

const AGAINST = "Cannot evict pod as it would violate the pod's disruption budget.";

function count(object: KubeObject, path: readonly string[]): number {
  const value = valueAt(object, path);
  return typeof value === 'number' ? value : 0;
}

interface Requirement {
  readonly key: unknown;
  readonly operator: unknown;
  readonly values?: unknown;
}

function meets(labels: Readonly<Record<string, string>>, { key, operator, values }: Requirement): boolean {
  const value = typeof key === 'string' && Object.hasOwn(labels, key) ? labels[key] : undefined;
  const listed = Array.isArray(values) && values.includes(value);
  if (operator === 'In') return listed;
  if (operator === 'NotIn') return !listed;
  return operator === 'Exists' ? value !== undefined : value === undefined;
}

/** Whether a budget's selector matches these labels; an empty one selects every Pod, a missing one none. */
export function selectsLabels(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (!isObject(selector)) return false;
  const wanted = isObject(selector['matchLabels']) ? Object.entries(selector['matchLabels']) : [];
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'].filter(isObject) : [];
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    expressions.every(({ key, operator, values }) => meets(labels, { key, operator, values }))
  );
}

function budgetsOf(context: WriteContext, pod: KubeObject): readonly KubeObject[] {
  return context.store
    .list(resourceKey(POD_DISRUPTION_BUDGET))
    .map(([, budget]) => budget)
    .filter((budget) => budget.metadata.namespace === pod.metadata.namespace)
    .filter((budget) => selectsLabels(valueAt(budget, ['spec', 'selector']), pod.metadata.labels ?? {}));
}

function isReady(pod: KubeObject): boolean {
  const conditions = valueAt(pod, ['status', 'conditions']);
  return Array.isArray(conditions) && conditions.some((one) => isObject(one) && one['type'] === 'Ready' && one['status'] === 'True');
}

/** Pods that serve nobody are evicted whatever the budget says: those not started or over, and unready ones while the budget is met without them. */
function ignoresBudget(pod: KubeObject, budget: KubeObject): boolean {
  if (isReady(pod)) return false;
  if (valueAt(budget, ['spec', 'unhealthyPodEvictionPolicy']) === 'AlwaysAllow') return true;
  const desired = count(budget, ['status', 'desiredHealthy']);
  return desired > 0 && count(budget, ['status', 'currentHealthy']) >= desired;
}

function tooMany(budget: string, why: string, retryAfterSeconds: number): Error {
  const causes = [{ reason: 'DisruptionBudget', message: `The disruption budget ${budget} ${why}`, field: '' }];
  return apiError(429, 'TooManyRequests', AGAINST, { causes, ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}) });
}

/** Takes one disruption off the budget, or refuses as the API server does. */
function spend(context: WriteContext, target: WriteTarget, pod: KubeObject, budget: KubeObject): void {
  const { name } = budget.metadata;
  if (count(budget, ['status', 'observedGeneration']) < (budget.metadata.generation ?? 0)) {
    throw tooMany(name, 'is still being processed by the server.', 10);
  }
  const allowed = count(budget, ['status', 'disruptionsAllowed']);
  if (allowed <= 0) {
    const [desired, current] = [count(budget, ['status', 'desiredHealthy']), count(budget, ['status', 'currentHealthy'])];
    throw tooMany(name, `needs ${desired} healthy pods and has ${current} currently`, 0);
  }
  if (target.request.dryRun) return;
  const next = cloneJson(asJson(budget));
  const status = isObject(next['status']) ? next['status'] : {};
  const disrupted = isObject(status['disruptedPods']) ? status['disruptedPods'] : {};
  next['status'] = {
    ...status,
    disruptionsAllowed: allowed - 1,
    disruptedPods: { ...disrupted, [pod.metadata.name]: formatInstant(context.clock.now()) },
  };
  const { subresource: _subresource, ...request } = target.request;
  const asServer = { ...request, verb: 'update', kind: POD_DISRUPTION_BUDGET, name, user: SERVER } as const;
  writeInternally(context, asServer, context.registry.resolve(POD_DISRUPTION_BUDGET), budget, next);
}

const NOT_PROTECTED: ReadonlySet<unknown> = new Set(['Succeeded', 'Failed', 'Pending', undefined]);

/** The eviction subresource (kubernetes, registry/core/pod/storage/eviction.go): a delete that budgets have a say in. */
export function evictPod(context: WriteContext, target: WriteTarget, options: EvictOptions): void {
  const pod = context.store.get(resourceKey(target.resource.kind), objectKeyOf(target.namespace, target.name ?? ''));
  if (pod === undefined) throw notFound(target.resource.kind, target.name ?? '');
  const free = NOT_PROTECTED.has(valueAt(pod, ['status', 'phase'])) || pod.metadata.deletionTimestamp !== undefined;
  const budgets = free ? [] : budgetsOf(context, pod);
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw apiError(500, '', message);
  }
  const [budget] = budgets;
  if (budget !== undefined && !ignoresBudget(pod, budget)) spend(context, target, pod, budget);
  deleteObject(context, target, { preconditions: options.preconditions });
}
