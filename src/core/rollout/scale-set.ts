import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { countableMark, doubted } from './countable.ts';
import { act, type Draft } from './draft.ts';
import { stableMark } from './formerly-stable.ts';
import type { ObservedReplicaSet } from './observed.ts';

/** Gives a ReplicaSet another size, and with it the mark of until when it was stable, or of how many pods may be counted on. */
export function scaleSet(context: Context, draft: Draft, set: ObservedReplicaSet, to: number, why: string): Draft {
  const reliesOn = to < set.specReplicas ? doubted(context.observed.replicaSets.filter((one) => one !== set)) : [];
  const annotations = to < set.specReplicas ? stableMark(context, draft.status, set) : countableMark(set);
  return act(draft, {
    type: 'scaleReplicaSet',
    target: seen(set),
    from: set.specReplicas,
    to,
    ...(reliesOn.length === 0 ? {} : { reliesOn }),
    ...(annotations === undefined ? {} : { annotations }),
    why: `ReplicaSet ${set.name} from ${set.specReplicas} to ${to}: ${why}`,
  });
}
