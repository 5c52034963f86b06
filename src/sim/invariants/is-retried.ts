import { REQUEST } from '../../api/labels.ts';
import type { RolloutView } from './world-view.ts';

/** A retry of the current revision stands on the object and is not handled yet: sizes may move before status says so. */
export function isRetried(rollout: RolloutView): boolean {
  const request = rollout.metadata.annotations?.[REQUEST];
  if (request === undefined || request === rollout.status.lastHandledRequest || !request.startsWith('retry')) return false;
  const hash = /^retry:(\w+)@/.exec(request)?.[1];
  return hash === undefined || hash === rollout.status.currentPodHash;
}
