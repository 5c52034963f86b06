import type { Instant } from '../../api/time.ts';
import { formatInstant } from '../../api/time.ts';
import type { PodState } from './pod-behaviour.ts';
import type { PodView } from './workload-views.ts';

const NODE_ADDRESS = '192.0.2.10';

function containerState(state: PodState, now: Instant): Record<string, unknown> {
  if (state.waiting !== undefined) return { waiting: state.waiting };
  const { exitCode } = state;
  if (exitCode !== undefined) {
    return { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAt: formatInstant(now) } };
  }
  return { running: { startedAt: formatInstant(now) } };
}

/** The status that the kubelet writes for a pod in this state; transition times of conditions that stay as they are are kept. */
export function podStatusOf(pod: PodView, state: PodState, ip: string | undefined, now: Instant): Record<string, unknown> {
  const condition = (type: string, holds: boolean, reason?: string): Record<string, unknown> => {
    const status = holds ? 'True' : 'False';
    const previous = pod.status.conditions.find((entry) => entry.type === type);
    const kept = previous?.status === status ? previous.lastTransitionTime : undefined;
    return { type, status, lastTransitionTime: kept ?? formatInstant(now), ...(reason === undefined || holds ? {} : { reason }) };
  };
  return {
    phase: state.phase,
    ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
    hostIP: NODE_ADDRESS,
    startTime: pod.status.startTime ?? formatInstant(now),
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', state.ready, 'ContainersNotReady'),
      condition('Ready', state.ready, 'ContainersNotReady'),
    ],
    containerStatuses: pod.spec.containers.map((container) => ({
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      ready: state.ready,
      started: state.phase === 'Running' && state.waiting === undefined,
      restartCount: state.restarts,
      state: containerState(state, now),
    })),
  };
}
