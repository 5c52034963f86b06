import type { KubeObject } from '../../../api/metadata.ts';
import type { TrafficIntent, WrittenTraffic } from '../../../ports/traffic-router.ts';
import type { Side } from '../side-weights.ts';
import { type SubsetRule, withHashes } from './destination-rule.ts';

/** The DestinationRule before and after the VirtualServices are written; the object as it was read where nothing changes. */
export interface HashWrites {
  readonly before: KubeObject;
  readonly after: KubeObject;
}

/**
 * When each subset gets its new hash: while it carries nothing. A side that is idle now goes before the weights that may give it traffic, one that is idle
 * afterwards goes after the weights that took it away. A subset without a hash selects every Pod of the host, so that its first one may come at once. When one side goes before, another that would go after is left to the next call, which knows the
 * version that this write makes.
 */
export function hashWrites(
  rule: SubsetRule,
  now: Pick<WrittenTraffic, 'weight' | 'headerRoutes' | 'mirrorRoutes'>,
  intent: TrafficIntent,
): HashWrites {
  const changes = (['stable', 'canary'] as const).filter((side) => {
    const { hash } = intent[side];
    return hash !== undefined && hash !== rule.subsets[side].hash;
  });
  const later = changes
    .filter((side) => rule.subsets[side].hash !== undefined)
    .filter((side) => carries(side, now, intent.maxWeight) && !carries(side, intent, intent.maxWeight));
  const first = changes.filter((side) => !later.includes(side));
  const hashes = (sides: readonly Side[]): KubeObject =>
    withHashes(rule, Object.fromEntries(sides.map((side) => [side, intent[side].hash])));
  return { before: hashes(first), after: first.length > 0 ? rule.object.raw : hashes(later) };
}

/** Routes that disagree may carry anything; header and mirror routes lead to the canary whatever its weight. */
function carries(side: Side, traffic: Pick<WrittenTraffic, 'weight' | 'headerRoutes' | 'mirrorRoutes'>, maxWeight: number): boolean {
  if (traffic.weight === undefined) return true;
  if (side === 'stable') return traffic.weight < maxWeight;
  return traffic.weight > 0 || traffic.headerRoutes.length > 0 || traffic.mirrorRoutes.length > 0;
}
