import type { RolloutSpec } from '../../../api/rollout.ts';
import type { Context } from '../context.ts';
import { NO_RULES, rulesAgainst } from './anti-affinity.ts';
import type { PodDress } from './pod-dress.ts';

const PLAIN: PodDress = { metadata: { labels: {}, annotations: {} }, rules: NO_RULES };

type Strategy = RolloutSpec['strategy'];

function metadataFor({ canary, blueGreen }: Strategy, tested: boolean): PodDress['metadata'] {
  const given = tested ? (canary?.canaryMetadata ?? blueGreen?.previewMetadata) : (canary?.stableMetadata ?? blueGreen?.activeMetadata);
  return { labels: given?.labels ?? {}, annotations: given?.annotations ?? {} };
}

/** The dress of a revision: of the one under test, of stable, and nothing for all others. `stableHash` is undefined on a first deployment. */
export function dressOf(context: Context, hash: string | undefined, stableHash: string | undefined): PodDress {
  const { strategy } = context.rollout.spec;
  const metadata = (tested: boolean): PodDress['metadata'] => metadataFor(strategy, tested);
  if (hash === stableHash || (hash === context.hash && stableHash === undefined)) return { metadata: metadata(false), rules: NO_RULES };
  if (hash !== context.hash || stableHash === undefined) return PLAIN;
  const wanted = strategy.canary?.antiAffinity ?? strategy.blueGreen?.antiAffinity;
  return { metadata: metadata(true), rules: wanted === undefined ? NO_RULES : rulesAgainst(wanted, stableHash) };
}
