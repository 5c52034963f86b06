import { type Millis, millis } from '../../api/time.ts';

/** How a pod acts from its start on. */
export type PodBehaviour =
  | { readonly type: 'ready-after'; readonly delay: Millis }
  /** Runs for `delay`, never ready, and crashes; Kubernetes starts it again after 10 s, 20 s, ... up to 5 min. */
  | { readonly type: 'crash-loop'; readonly delay: Millis }
  | { readonly type: 'image-pull-error' }
  | { readonly type: 'never-ready' }
  /** Runs for `delay` and ends with this exit code, as the pod of a Job does. */
  | { readonly type: 'ends'; readonly delay: Millis; readonly exitCode: number }
  | { readonly type: 'readiness-flap'; readonly delay: Millis; readonly ready: Millis; readonly unready: Millis };

/** What the kubelet reports of a pod at one moment. */
export interface PodState {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly ready: boolean;
  readonly restarts: number;
  /** Of a container that has ended. */
  readonly exitCode?: number;
  readonly waiting?: { readonly reason: string; readonly message: string };
  /** Until the state changes by itself; absent when it stays. */
  readonly nextIn?: Millis;
}

const FIRST_BACKOFF = 10_000;
const LONGEST_BACKOFF = 300_000;

function crashLoop(run: number, sinceStart: number): PodState {
  let left = sinceStart;
  for (let restarts = 0; ; restarts += 1) {
    if (left < run) return { phase: 'Running', ready: false, restarts, nextIn: millis(run - left) };
    left -= run;
    const backoff = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** Math.min(restarts, 10));
    if (left < backoff) {
      const message = `back-off ${backoff / 1000}s restarting failed container`;
      return { phase: 'Running', ready: false, restarts, waiting: { reason: 'CrashLoopBackOff', message }, nextIn: millis(backoff - left) };
    }
    left -= backoff;
  }
}

function flap(behaviour: Extract<PodBehaviour, { type: 'readiness-flap' }>, elapsed: number): PodState {
  if (elapsed < behaviour.delay) return { phase: 'Running', ready: false, restarts: 0, nextIn: millis(behaviour.delay - elapsed) };
  const place = (elapsed - behaviour.delay) % (behaviour.ready + behaviour.unready);
  const ready = place < behaviour.ready;
  const next = ready ? behaviour.ready - place : behaviour.ready + behaviour.unready - place;
  return { phase: 'Running', ready, restarts: 0, nextIn: millis(next) };
}

function endsAt({ delay, exitCode }: Extract<PodBehaviour, { type: 'ends' }>, run: number): PodState {
  if (run < delay) return { phase: 'Running', ready: true, restarts: 0, nextIn: millis(delay - run) };
  return { phase: exitCode === 0 ? 'Succeeded' : 'Failed', ready: false, restarts: 0, exitCode };
}

/** The state of a pod `elapsed` after it was created (or began to behave so), when a container takes `startDelay` to start. */
export function podStateAt(behaviour: PodBehaviour, elapsed: Millis, startDelay: Millis): PodState {
  if (behaviour.type === 'image-pull-error') {
    return { phase: 'Pending', ready: false, restarts: 0, waiting: { reason: 'ImagePullBackOff', message: 'back-off pulling image' } };
  }
  if (elapsed < startDelay) {
    return {
      phase: 'Pending',
      ready: false,
      restarts: 0,
      waiting: { reason: 'ContainerCreating', message: '' },
      nextIn: millis(startDelay - elapsed),
    };
  }
  if (behaviour.type === 'crash-loop') return crashLoop(behaviour.delay, elapsed - startDelay);
  if (behaviour.type === 'readiness-flap') return flap(behaviour, elapsed);
  if (behaviour.type === 'ends') return endsAt(behaviour, elapsed - startDelay);
  if (behaviour.type === 'never-ready') return { phase: 'Running', ready: false, restarts: 0 };
  if (elapsed >= behaviour.delay) return { phase: 'Running', ready: true, restarts: 0 };
  return { phase: 'Running', ready: false, restarts: 0, nextIn: millis(behaviour.delay - elapsed) };
}
