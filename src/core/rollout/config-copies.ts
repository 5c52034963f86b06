import type { OwnerReference } from '../../api/metadata.ts';
import { ABSENT, type ConfigRecord } from '../config/config-record.ts';
import { configKey, configRefs, splitConfigKey } from '../config/config-refs.ts';
import { followsConfig, liveConfig } from '../config/live-config.ts';
import type { ObservedConfig, ObservedConfigObject } from '../config/observed-config.ts';
import { recordOf, templateHashOf } from '../config/revision-label.ts';
import { revisionAnnotations, withCopies } from '../config/revision-object.ts';
import { configCopyName } from '../identity/names.ts';
import type { ConfigAction } from '../plan/config-action.ts';
import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { act, type Draft, say } from './draft.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { isCopyOf } from './revision.ts';

function isOwner(context: Context, owner: OwnerReference): boolean {
  return owner.uid === context.rollout.metadata.uid;
}

/** What makes one copy exist and belong to this Rollout; a text when it cannot be made any more. */
function ensureCopy(context: Context, config: ObservedConfig, key: string, digest: string): ConfigAction | string | undefined {
  const { kind, name } = splitConfigKey(key);
  const copy = configCopyName(name, digest);
  const object = config.objects.get(configKey({ kind, name: copy }));
  if (object !== undefined && isCopyOf(object, name, digest) && !object.deleting) {
    if (object.ownerReferences.some((owner) => isOwner(context, owner))) return undefined;
    const { ownerReferences } = object;
    return { type: 'shareConfigCopy', kind, target: seen(object), ownerReferences, why: `${kind} ${copy} is used by this Rollout too` };
  }
  if (config.objects.get(key)?.digest !== digest) return `${kind} ${copy} is gone, and ${name} holds something else by now`;
  return { type: 'copyConfig', kind, source: name, copy, digest, why: `${kind} ${name} is copied to ${copy} for its revision` };
}

interface Needed {
  readonly actions: readonly ConfigAction[];
  /** Copies that nothing can be made from any more. */
  readonly lost: readonly string[];
}

function isRead(config: ObservedConfig, key: string): boolean {
  return (splitConfigKey(key).kind === 'Secret' ? config.secrets : config.configMaps).state === 'Read';
}

/** What makes the copies of these records exist, each once. */
function ensureCopies(context: Context, config: ObservedConfig, records: readonly ConfigRecord[]): Needed {
  const wanted = new Map(records.flatMap((record) => [...record].map(([key, digest]) => [copyKey(key, digest), { key, digest }] as const)));
  const needed = [...wanted.values()]
    .filter(({ key, digest }) => digest !== ABSENT && isRead(config, key))
    .map(({ key, digest }) => ensureCopy(context, config, key, digest));
  return {
    actions: needed.filter((one) => typeof one === 'object'),
    lost: needed.filter((one) => typeof one === 'string'),
  };
}

/** Puts the copies before the ReplicaSet that needs them: later, its first pods would see something else. Without one of them it is not made. */
function beforeCreation(draft: Draft, needed: Needed): Draft {
  const at = draft.actions.findIndex((action) => action.type === 'createReplicaSet');
  if (needed.lost.length > 0) {
    const waiting: Draft = { ...draft, actions: draft.actions.filter((action) => action.type !== 'createReplicaSet') };
    return needed.lost.reduce((next, line) => say(next, line), waiting);
  }
  return {
    ...draft,
    actions: [...draft.actions.slice(0, at), ...needed.actions, ...draft.actions.slice(at)],
    explain: [...draft.explain, ...needed.actions.map((action) => action.why)],
  };
}

function ownSets(context: Context): readonly ObservedReplicaSet[] {
  return context.observed.replicaSets.filter((set) => set.owned && set.hash !== undefined);
}

/** Copies that revisions have had before: made again when somebody deleted them, and taken over with an adopted ReplicaSet. */
function keepCopies(context: Context, draft: Draft, config: ObservedConfig, made: Needed): Draft {
  const records = ownSets(context)
    .filter((set) => !set.deleting)
    .map(recordOf);
  const needed = ensureCopies(context, config, records);
  const known = new Set(made.actions.map((action) => action.why));
  const kept = needed.actions.filter((action) => !known.has(action.why)).reduce((next, action) => act(next, action), draft);
  return needed.lost.reduce((next, line) => say(next, line), kept);
}

interface Adoption {
  readonly set: ObservedReplicaSet;
  readonly record: ConfigRecord;
}

/** What a ReplicaSet takes from the live configuration that is not on its record: everything, when it was made before configuration was followed. */
function adoption(set: ObservedReplicaSet, config: ObservedConfig): Adoption | undefined {
  const before = recordOf(set);
  const copies = new Set([...before].map(([key, digest]) => copyKey(key, digest)));
  const live = liveConfig(set.template, config);
  const added = [...live.record].filter(([key]) => !before.has(key) && !copies.has(key));
  if (live.problem !== undefined || added.length === 0) return undefined;
  return { set, record: new Map([...before, ...added]) };
}

function copyKey(key: string, digest: string): string {
  const { kind, name } = splitConfigKey(key);
  return configKey({ kind, name: configCopyName(name, digest) });
}

/** A revision that was recorded without (some of) its configuration adopts the live one: no pod is restarted, and its label stays. */
function adoptConfig(context: Context, draft: Draft, config: ObservedConfig): Draft {
  if (!followsConfig(context.rollout.spec)) return draft;
  const written = new Set(draft.actions.flatMap((action) => ('target' in action ? [action.target.uid] : [])));
  const sets = [context.current, context.stable].filter((set) => set?.owned === true && !written.has(set.uid));
  const adopted = sets.map((set) => (set === undefined ? undefined : adoption(set, config))).find((one) => one !== undefined);
  if (adopted === undefined) return draft;
  const { set, record } = adopted;
  const needed = ensureCopies(context, config, [record]);
  if (needed.lost.length > 0) return draft;
  const known = new Set(draft.explain);
  const copied = needed.actions.filter((action) => !known.has(action.why)).reduce((next, action) => act(next, action), draft);
  return act(copied, {
    type: 'recordConfig',
    target: seen(set),
    annotations: revisionAnnotations(templateHashOf(set) ?? '', record),
    template: withCopies(set.template, record),
    why: `ReplicaSet ${set.name} adopts the live configuration: pods that it makes from now on use copies of it`,
  });
}

/** Every object that a ReplicaSet of this Rollout, the one that is being made, or the live template refers to. */
function usedKeys(context: Context): ReadonlySet<string> {
  const { record, template } = context.revision;
  return new Set([
    ...ownSets(context).flatMap((set) => configRefs(set.template).map(configKey)),
    ...ownSets(context).flatMap((set) => [...recordOf(set)].map(([key, digest]) => copyKey(key, digest))),
    ...[...record].map(([key, digest]) => copyKey(key, digest)),
    ...configRefs(context.rollout.spec.template ?? template).map(configKey),
  ]);
}

function letGo(context: Context, draft: Draft, object: ObservedConfigObject): Draft {
  const { kind, name } = object;
  const others = object.ownerReferences.filter((owner) => !isOwner(context, owner));
  if (others.length === 0)
    return act(draft, { type: 'deleteConfigCopy', kind, target: seen(object), why: `${kind} ${name} is used by no revision any more` });
  const why = `${kind} ${name} is used by no revision of this Rollout any more; others keep it`;
  return act(draft, { type: 'leaveConfigCopy', kind, target: seen(object), ownerReferences: others, why });
}

/** Copies go with the last revision that uses them. */
function collectCopies(context: Context, draft: Draft, config: ObservedConfig): Draft {
  const used = usedKeys(context);
  return [...config.objects.values()]
    .filter((object) => object.copyOf !== undefined && !object.deleting && !used.has(configKey(object)))
    .filter((object) => object.ownerReferences.some((owner) => isOwner(context, owner)))
    .reduce((next, object) => letGo(context, next, object), draft);
}

/** The copies of the configuration: made before the ReplicaSet that needs them, kept as long as it is there, and deleted after it. */
export function planConfigCopies(context: Context, draft: Draft): Draft {
  const { config } = context.observed;
  if (config === undefined) return draft;
  const creates = draft.actions.some((action) => action.type === 'createReplicaSet');
  const needed = ensureCopies(context, config, creates ? [context.revision.record] : []);
  const made = creates ? beforeCreation(draft, needed) : draft;
  // What the API server refused a moment ago is not tried again in every pass.
  const quiet = config.refused !== undefined && config.refused.until > context.now;
  const kept = quiet ? made : adoptConfig(context, keepCopies(context, made, config, needed), config);
  return collectCopies(context, kept, config);
}
