import { CONFIG_RECORD, POD_TEMPLATE_HASH, TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { ABSENT, type ConfigRecord, parseRecord } from '../../core/config/config-record.ts';
import { splitConfigKey } from '../../core/config/config-refs.ts';
import { configCopyName } from '../../core/identity/names.ts';
import { clean } from '../render/escape.ts';

/** One object that a revision takes its configuration from. */
export interface ConfigObjectView {
  readonly kind: string;
  readonly name: string;
  /** What the pods read; undefined for an optional object that did not exist. */
  readonly copy: string | undefined;
  /** Against the revision before. */
  readonly change: 'added' | 'changed' | 'removed' | undefined;
}

/** The configuration of a revision, beside that of the revision before. */
export interface ConfigView {
  readonly objects: readonly ConfigObjectView[];
  /** The revision before has the same pod template: nothing but the configuration differs. */
  readonly only: boolean;
}

function templateHashOf(set: KubeObject): string | undefined {
  return set.metadata.annotations?.[TEMPLATE_HASH] ?? set.metadata.labels?.[POD_TEMPLATE_HASH];
}

function recordOf(set: KubeObject | undefined): ConfigRecord {
  return parseRecord(set?.metadata.annotations?.[CONFIG_RECORD]);
}

/** Reads what a ReplicaSet records of its configuration; `before` is the ReplicaSet of the revision before, when there is one. */
export function toConfigView(set: KubeObject, before: KubeObject | undefined): ConfigView {
  const [now, old] = [recordOf(set), recordOf(before)];
  const known = before !== undefined && old.size > 0;
  const keys = [...new Set([...now.keys(), ...(known ? old.keys() : [])])].toSorted();
  const objects = keys.map((key): ConfigObjectView => {
    const { kind, name } = splitConfigKey(key);
    const digest = present(now, key);
    return {
      kind,
      name: clean(name, 253),
      copy: digest === undefined ? undefined : clean(configCopyName(name, digest), 253),
      change: known ? changeOf(present(old, key), digest) : undefined,
    };
  });
  const sameTemplate = before !== undefined && templateHashOf(before) === templateHashOf(set);
  return { objects, only: sameTemplate && objects.some((object) => object.change !== undefined) };
}

function present(record: ConfigRecord, key: string): string | undefined {
  const digest = record.get(key);
  return digest === ABSENT ? undefined : digest;
}

function changeOf(old: string | undefined, now: string | undefined): ConfigObjectView['change'] {
  if (old === now) return undefined;
  return old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
}

/** `ConfigMap checkout-config changed`, for all that changed; '' when nothing did. */
export function configChangeText({ objects }: ConfigView): string {
  return objects
    .filter((object) => object.change !== undefined)
    .map((object) => `${object.kind} ${object.name} ${object.change}`)
    .join(', ');
}
