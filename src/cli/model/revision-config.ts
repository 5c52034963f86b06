import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { digestIn, EMPTY_RECORD } from '../../core/config/config-record.ts';
import { splitConfigKey } from '../../core/config/config-refs.ts';
import { type RecordedSet, recordOf, templateHashOf } from '../../core/config/revision-label.ts';
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
export interface RevisionConfig {
  readonly objects: readonly ConfigObjectView[];
  /** The revision before has the same pod template: nothing but the configuration differs. */
  readonly only: boolean;
}

/** The part of a ReplicaSet that the core reads records and hashes from. */
function recordedIn({ metadata }: KubeObject): RecordedSet {
  return { annotations: metadata.annotations ?? {}, hash: metadata.labels?.[POD_TEMPLATE_HASH] };
}

/** Reads what a ReplicaSet records of its configuration; `before` is the ReplicaSet of the revision before, when there is one. */
export function toRevisionConfig(set: KubeObject, before: KubeObject | undefined): RevisionConfig {
  const own = recordedIn(set);
  const former = before === undefined ? undefined : recordedIn(before);
  const now = recordOf(own);
  const old = former === undefined ? EMPTY_RECORD : recordOf(former);
  const known = old.size > 0;
  const keys = [...new Set([...now.keys(), ...old.keys()])].toSorted();
  const objects = keys.map((key): ConfigObjectView => {
    const { kind, name } = splitConfigKey(key);
    const digest = digestIn(now, key);
    return {
      kind,
      name: clean(name, 253),
      copy: digest === undefined ? undefined : clean(configCopyName(name, digest), 253),
      change: known ? changeOf(digestIn(old, key), digest) : undefined,
    };
  });
  const sameTemplate = former !== undefined && templateHashOf(former) === templateHashOf(own);
  return { objects, only: sameTemplate && objects.some((object) => object.change !== undefined) };
}

function changeOf(old: string | undefined, now: string | undefined): ConfigObjectView['change'] {
  if (old === now) return undefined;
  return old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
}

/** `ConfigMap checkout-config changed` for all that changed, and whether nothing else did; '' when nothing did. */
export function configNote({ objects, only }: RevisionConfig): string {
  const changes = objects
    .filter((object) => object.change !== undefined)
    .map((object) => `${object.kind} ${object.name} ${object.change}`)
    .join(', ');
  return only ? `configuration only: ${changes}` : changes;
}
