import { RAISED_TRAFFIC_HAS_CAPACITY } from './raised-traffic.ts';
import { SCALE_DOWN_FOLLOWS_TRAFFIC, SELECTOR_FOLLOWS_CAPACITY, TRAFFIC_FINDS_ENDPOINTS } from './taken-capacity.ts';
import type { TrafficInvariant } from './traffic-invariant.ts';

/** Every rule over the traffic that a data plane serves. */
export const ALL_TRAFFIC_INVARIANTS: readonly TrafficInvariant[] = [
  RAISED_TRAFFIC_HAS_CAPACITY,
  SCALE_DOWN_FOLLOWS_TRAFFIC,
  SELECTOR_FOLLOWS_CAPACITY,
  TRAFFIC_FINDS_ENDPOINTS,
];
