import { POD } from '../../api/kinds.ts';
import { type Instant, millis } from '../../api/time.ts';
import type { Action } from '../../core/plan/plan.ts';
import type { EvictionRefusal, ObservedPod, ObservedRestart, ObservedRollout } from '../../core/rollout/observed.ts';
import { LOOK_AGAIN, restartIsDue, wantsPods } from '../../core/rollout/restart/pods-wanted.ts';
import { selectorText } from '../../core/rollout/selector-text.ts';
import { after } from '../../core/time/instants.ts';
import { listAll } from '../../kube/list-all.ts';
import { toPodView } from '../../observe/pod-view.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError, type SluiceError } from '../../ports/errors.ts';
import type { ExecutionContext } from './guarded-writes.ts';

type Eviction = Extract<Action, { type: 'evictPod' }>;

interface Memory {
  readonly listedAt?: Instant;
  readonly refused?: EvictionRefusal | undefined;
}

/** Restarts of pods, as far as this process has to remember something of them; what it forgets it finds out again. */
export interface Restarts {
  /** Whether a restart is due; forgets the last one when none is. */
  isDue(key: string, observed: ObservedRollout | undefined, now: Instant): boolean;
  /** The pods, when a restart needs them now, and the last refusal. */
  observe(key: string, observed: ObservedRollout | undefined, now: Instant, signal: AbortSignal): Promise<ObservedRestart>;
  /** Whether the pod goes; a refusal is remembered and told by the next observation. */
  evict(key: string, action: Eviction, context: ExecutionContext): Promise<boolean>;
  forget(key: string): void;
}

/** Why a pod cannot be evicted now, in the words of the budget where there is one; undefined for trouble of another kind. */
function refusalOf(error: unknown): string | undefined {
  if (!isSluiceError(error)) return undefined;
  const twoBudgets = error.details['status'] === 500 && error.message.includes('PodDisruptionBudget');
  if (error.code !== 'rate_limited' && error.code !== 'forbidden' && !twoBudgets) return undefined;
  return budgetWords(error) ?? error.message;
}

function budgetWords(error: SluiceError): string | undefined {
  const causes = error.details['causes'];
  const [cause]: readonly unknown[] = Array.isArray(causes) ? causes : [];
  const message: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'message') : undefined;
  return typeof message === 'string' && message !== '' ? message : undefined;
}

/** Milliseconds before the first other try: a budget counts a pod a moment after it serves. */
const FIRST_WAIT = 2000;

/** Tried again after twice the time that it has been refused for, at the most after {@link LOOK_AGAIN}. */
function remember(before: EvictionRefusal | undefined, action: Eviction, message: string, now: Instant): EvictionRefusal {
  const since = before?.since ?? now;
  const wait = millis(Math.min(LOOK_AGAIN, Math.max(FIRST_WAIT, (now - since) * 2)));
  return { pod: action.target.name, message, since, until: after(now, wait), available: action.available };
}

/** Lists pods only while a restart needs them, and asks for evictions. */
export function createRestarts(cluster: Cluster, clock: Pick<Clock, 'now'>): Restarts {
  const memories = new Map<string, Memory>();

  async function listPods({ rollout }: ObservedRollout, signal: AbortSignal): Promise<readonly ObservedPod[]> {
    const labelSelector = selectorText(rollout.spec.selector);
    const { items } = await listAll(cluster, POD, { namespace: rollout.metadata.namespace, labelSelector, signal }, toPodView);
    return items.filter((pod) => pod !== undefined);
  }

  return {
    isDue(key, observed, now) {
      const due = observed !== undefined && restartIsDue(observed.rollout, now);
      if (!due) memories.delete(key);
      return due;
    },
    async observe(key, observed, now, signal) {
      const memory = memories.get(key);
      const { refused } = memory ?? {};
      if (observed === undefined) return { pods: undefined, problem: undefined, refused };
      if (!wantsPods(observed, now, memory?.listedAt)) return { pods: undefined, problem: undefined, refused };
      memories.set(key, { ...memory, listedAt: now });
      try {
        const pods = await listPods(observed, signal);
        return { pods, problem: undefined, refused };
      } catch (error) {
        // Without the right to see pods only the restart waits.
        if (!isSluiceError(error, 'forbidden')) throw error;
        return { pods: undefined, problem: `pods cannot be listed: ${error.message}`, refused };
      }
    },
    async evict(key, { target, ...action }, context) {
      const memory = memories.get(key);
      const ref = { namespace: context.namespace, name: target.name };
      try {
        await context.cluster.evict(ref, { signal: context.signal, preconditions: { uid: target.uid } });
      } catch (error) {
        // Gone already, or another pod by now.
        if (isSluiceError(error, 'not_found') || isSluiceError(error, 'conflict')) return true;
        const message = refusalOf(error);
        if (message === undefined) throw error;
        memories.set(key, { ...memory, refused: remember(memory?.refused, { target, ...action }, message, clock.now()) });
        return false;
      }
      if (memory?.refused !== undefined) memories.set(key, { ...memory, refused: undefined });
      return true;
    },
    forget: (key) => void memories.delete(key),
  };
}
