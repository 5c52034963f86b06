import { z } from 'zod';
import { CONFIG_MAP, REPLICA_SET, ROLLOUT, SECRET } from '../../api/kinds.ts';
import { CONFIG_COPY, CONFIG_RECORD, COPY_OF, COPY_OF_UID } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { digestConfig } from '../../core/config/config-digest.ts';
import { ABSENT, parseRecord } from '../../core/config/config-record.ts';
import { type ConfigRef, configKey, configRefs, splitConfigKey } from '../../core/config/config-refs.ts';
import { configCopyName } from '../../core/identity/names.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { type Finding, type ObservedWrite, stateless } from './invariant.ts';
import { kindKey, named, type WorldView } from './world-view.ts';

const KINDS: readonly ResourceKind[] = [CONFIG_MAP, SECRET];

function configKind({ request }: ObservedWrite): ResourceKind | undefined {
  return KINDS.find((kind) => kindKey(kind) === kindKey(request.kind));
}

function contentOf(object: KubeObject, kind: ResourceKind): string {
  const salt = kind === SECRET ? (object.metadata.annotations?.[COPY_OF_UID] ?? object.metadata.uid ?? '') : '';
  return digestConfig({ ...object, kind: kind.kind }, salt).digest;
}

function isOurs(object: KubeObject): boolean {
  return (
    object.metadata.labels?.[CONFIG_COPY] !== undefined &&
    (object.metadata.ownerReferences ?? []).some((owner) => owner.kind === ROLLOUT.kind)
  );
}

const withTemplate = z.looseObject({ spec: z.looseObject({ template: z.record(z.string(), z.unknown()) }) });

function refsOf(replicaSet: KubeObject): readonly ConfigRef[] {
  const parsed = withTemplate.safeParse(replicaSet);
  return parsed.success ? configRefs(parsed.data.spec.template) : [];
}

function objectOf(view: WorldView, namespace: string | undefined, ref: Pick<ConfigRef, 'kind' | 'name'>): KubeObject | undefined {
  return view.object(ref.kind === 'Secret' ? SECRET : CONFIG_MAP, `${namespace ?? ''}/${ref.name}`);
}

/** S14: what people keep their configuration in is only read. */
export const CONFIG_IS_THE_USERS = stateless(
  'S14',
  'of ConfigMaps and Secrets the controller writes only immutable copies that a Rollout owns',
  ({ before, write }) => {
    const kind = configKind(write);
    const object = write.after ?? write.before;
    if (!write.byController || kind === undefined || object === undefined) return [];
    const find = (message: string): readonly Finding[] => [{ object: `${object.kind} ${named(object)}`, message }];
    if (!isOurs(write.before ?? object)) return find('the controller wrote an object that is no copy of a Rollout');
    if (write.before !== undefined) {
      const same = write.after === undefined || contentOf(write.before, kind) === contentOf(write.after, kind);
      return same ? [] : find('the controller changed what a copy holds');
    }
    const name = object.metadata.annotations?.[COPY_OF] ?? '';
    const source = objectOf(before, object.metadata.namespace, { kind: kind === SECRET ? 'Secret' : 'ConfigMap', name });
    if (object['immutable'] !== true) return find('a copy is not immutable');
    return source !== undefined && contentOf(source, kind) === contentOf(object, kind) ? [] : find(`it does not hold what ${name} holds`);
  },
);

/** What is wrong with one entry of a record on a ReplicaSet. */
function wrongWith(view: WorldView, set: KubeObject, key: string, digest: string): string | undefined {
  const ref = splitConfigKey(key);
  if (refsOf(set).some((one) => configKey(one) === key)) return `refers to ${key}, which may change`;
  if (digest === ABSENT) return undefined;
  const name = configCopyName(ref.name, digest);
  const copy = objectOf(view, set.metadata.namespace, { kind: ref.kind, name });
  if (copy === undefined) return `needs ${ref.kind} ${name}, which does not exist`;
  const holds = contentOf(copy, ref.kind === 'Secret' ? SECRET : CONFIG_MAP) === digest && copy['immutable'] === true;
  return holds ? undefined : `needs ${ref.kind} ${name}, which holds something else`;
}

/** S5: pods never start without their configuration, nor with one that is not their revision's. */
export const CONFIG_BEFORE_PODS = stateless(
  'S5',
  'a ReplicaSet that follows its configuration refers to copies that exist, and to nothing that may change',
  ({ after, write }) => {
    const set = write.after;
    if (!write.byController || kindKey(write.request.kind) !== kindKey(REPLICA_SET) || set === undefined) return [];
    const text = set.metadata.annotations?.[CONFIG_RECORD];
    if (text === write.before?.metadata.annotations?.[CONFIG_RECORD]) return [];
    return [...parseRecord(text)].flatMap(([key, digest]): Finding[] => {
      const message = wrongWith(after, set, key, digest);
      return message === undefined ? [] : [{ object: named(set), message }];
    });
  },
);

/** S5: a pod that is restarted finds what its revision had. */
export const CONFIG_STAYS_WITH_PODS = stateless('S5', 'no copy goes while a ReplicaSet refers to it', ({ after, write }) => {
  const kind = configKind(write);
  const copy = write.before;
  const gone = write.after === undefined || write.after.metadata.deletionTimestamp !== undefined;
  if (!write.byController || kind === undefined || copy === undefined || !gone) return [];
  return after
    .objects(REPLICA_SET)
    .filter((set) => set.metadata.namespace === copy.metadata.namespace && set.metadata.deletionTimestamp === undefined)
    .filter((set) => refsOf(set).some((ref) => ref.kind === kind.kind && ref.name === copy.metadata.name))
    .map((set) => ({ object: `${copy.kind} ${named(copy)}`, message: `is deleted while ${set.metadata.name} refers to it` }));
});
