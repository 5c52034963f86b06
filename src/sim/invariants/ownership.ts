import { z } from 'zod';
import { REPLICA_SET, ROLLOUT, SECRET, SERVICE } from '../../api/kinds.ts';
import { GROUP } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { stableJson } from '../cluster/stable-json.ts';
import { type Invariant, stateless } from './invariant.ts';
import { isOfRollout, kindKey, named } from './world-view.ts';

const observedSchema = z.looseObject({ status: z.looseObject({ observedGeneration: z.int().optional() }).optional() });

function observedGeneration(object: KubeObject): number {
  return observedSchema.safeParse(object).data?.status?.observedGeneration ?? -1;
}

/** S14: what was observed stays observed. */
export const OBSERVED_GENERATION_GROWS = stateless(
  'S14',
  'observedGeneration never decreases',
  ({ write: { before, after, byController } }) => {
    if (!byController || before === undefined || after === undefined || before.metadata.uid !== after.metadata.uid) return [];
    const [had, has] = [observedGeneration(before), observedGeneration(after)];
    return has < had ? [{ object: `${after.kind} ${named(after)}`, message: `observedGeneration went from ${had} to ${has}` }] : [];
  },
);

function userMetadata({ metadata }: KubeObject): string {
  return stableJson([metadata.labels ?? {}, metadata.annotations ?? {}]);
}

/** S14: the Rollout belongs to its users. */
export const ROLLOUT_SPEC_IS_THE_USERS = stateless(
  'S14',
  'the controller writes nothing of a Rollout but its status and finalizers',
  ({ write }) => {
    const { before, after } = write;
    if (!write.byController || kindKey(write.request.kind) !== kindKey(ROLLOUT)) return [];
    // The last finalizer that goes takes a deleted object away.
    const released = after === undefined && before?.metadata.deletionTimestamp !== undefined && write.request.verb === 'patch';
    if (released) return [];
    if (before === undefined || after === undefined) {
      return [
        {
          object: named(after ?? before ?? { metadata: { name: '?' } }),
          message: `the controller sent a ${write.request.verb} of a whole Rollout`,
        },
      ];
    }
    if (stableJson(before['spec']) !== stableJson(after['spec'])) return [{ object: named(after), message: 'the controller changed spec' }];
    if (userMetadata(before) !== userMetadata(after))
      return [{ object: named(after), message: 'the controller changed labels or annotations' }];
    return [];
  },
);

function withoutOurs(service: KubeObject): string {
  const { spec, metadata } = service;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !name.startsWith(`${GROUP}/`));
  const rest = z.looseObject({}).safeParse(spec).data ?? {};
  return stableJson([
    { ...rest, selector: undefined },
    Object.fromEntries(annotations),
    metadata.labels ?? {},
    metadata.ownerReferences ?? [],
  ]);
}

/** S14: other people's fields survive on what the controller shares with them. */
export const SHARED_OBJECTS_KEEP_THEIR_FIELDS = stateless(
  'S14',
  'of a Service that is not its own the controller writes selector and own annotations; ReplicaSets belong to a Rollout',
  ({ write }) => {
    const { before, after, request } = write;
    if (!write.byController || after === undefined) return [];
    if (kindKey(request.kind) === kindKey(SERVICE)) {
      const made = isOfRollout(before ?? after);
      if (before === undefined)
        return made ? [] : [{ object: named(after), message: 'the controller made a Service that no Rollout owns' }];
      if (made) return [];
      return withoutOurs(before) === withoutOurs(after) ? [] : [{ object: named(after), message: 'fields beside the selector changed' }];
    }
    if (kindKey(request.kind) !== kindKey(REPLICA_SET)) return [];
    return isOfRollout(after) || (before !== undefined && isOfRollout(before))
      ? []
      : [{ object: named(after), message: 'the controller wrote a ReplicaSet that no Rollout controls' }];
  },
);

/** S15: planted credentials are seen nowhere but in Secrets. Needs `tokens`. */
export const NO_CREDENTIAL_SHOWS: Invariant = {
  id: 'S15',
  says: 'no planted credential shows in any object but a Secret',
  create:
    ({ tokens }) =>
    ({ write: { after, request } }) => {
      if (after === undefined || tokens.length === 0 || kindKey(request.kind) === kindKey(SECRET)) return [];
      const text = JSON.stringify(after);
      return tokens
        .filter((token) => text.includes(token))
        .map(() => ({ object: `${after.kind} ${named(after)}`, message: 'a planted credential shows in this object' }));
    },
};
