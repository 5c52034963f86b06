import { ENDPOINT_SLICE, REPLICA_SET } from '../../api/kinds.ts';
import { type Millis, millis } from '../../api/time.ts';
import type { SimRequest } from '../cluster/sim-types.ts';
import { settleBehind } from './settle-behind.ts';
import type { Disturbance } from './sweep.ts';

/** Of each ReplicaSet, one after the other, behind the last event. */
const WRITES = 20;
const LAGS: readonly Millis[] = [millis(1000), millis(5000)];

/** What Kubernetes' own controllers tell of pods; throttled, or without a server, they tell it late. */
const TOLD: readonly { readonly what: string; readonly tells: (request: SimRequest) => boolean }[] = [
  {
    what: 'counts of ReplicaSets',
    tells: ({ kind, subresource }) => kind.plural === REPLICA_SET.plural && subresource === 'status',
  },
  { what: 'EndpointSlices', tells: ({ kind, verb }) => kind.plural === ENDPOINT_SLICE.plural && verb !== 'list' && verb !== 'watch' },
];

/** Each write of one sort by the cluster's own controllers takes so long. */
export function slowsOf(): readonly Disturbance[] {
  return TOLD.flatMap(({ what, tells }) =>
    LAGS.map(
      (lag): Disturbance => ({
        what: `${what} are written ${lag / 1000} s late`,
        disturb: (scenario) => ({
          scenario: {
            ...scenario,
            worldLag: (request) => (tells(request) ? lag : undefined),
            settle: settleBehind(scenario, lag, WRITES),
          },
          fired: () => true,
        }),
      }),
    ),
  );
}
