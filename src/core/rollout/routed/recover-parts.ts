import type { CanaryStrategy } from '../../../api/rollout.ts';
import { maxTrafficWeight } from '../../traffic/max-weight.ts';
import { serviceSides } from '../../traffic/service-sides.ts';
import type { ObservedRollout } from '../observed.ts';
import { selectedHash } from '../selected-hash.ts';

/** Which of ping and pong is stable's on an object without status: the one that gets most of the traffic. Readings take ping for stable's until it is written down. */
export function recoverPart(observed: ObservedRollout, canary: CanaryStrategy): 'ping' | 'pong' {
  const max = maxTrafficWeight(canary);
  const [reading] = observed.traffic;
  return reading?.state.ok === true && (reading.state.written.weight ?? 0) * 2 > max ? 'pong' : 'ping';
}

/** The revision that the stable side selects, by subset or by Service; undefined when it selects none. */
export function stableSideHash(observed: ObservedRollout, canary: CanaryStrategy): string | undefined {
  const [reading] = observed.traffic;
  const subset = reading?.state.ok === true ? reading.state.written.stableHash : undefined;
  if (subset !== undefined && subset !== '') return subset;
  const name = serviceSides(canary, recoverPart(observed, canary)).stable;
  const service = name === undefined ? undefined : observed.services.get(name);
  return service === undefined ? undefined : selectedHash(service);
}
