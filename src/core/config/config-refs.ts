import { isRecord } from '../identity/is-record.ts';
import { memoByObject } from '../identity/memo-by-object.ts';
/** The kinds that a pod takes configuration from. */
export type ConfigKind = 'ConfigMap' | 'Secret';

/** One object that a pod template refers to by name, in the namespace of the pod. */
export interface ConfigRef {
  readonly kind: ConfigKind;
  readonly name: string;
  /** Every reference to it says `optional: true`: the pods start without it. */
  readonly optional: boolean;
}

/** Gives the name that a reference is to have; its own leaves it alone. */
export type Rename = (ref: ConfigRef) => string;

type Json = Readonly<Record<string, unknown>>;
type Change = (value: unknown) => unknown;

/** Changes one member; the same object when nothing is other, or when there is no such member. */
function member(key: string, change: Change): Change {
  return (value) => {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return value;
    const changed = change(value[key]);
    return changed === value[key] ? value : { ...value, [key]: changed };
  };
}

/** Changes every item of a list; the same list when none is other. */
function each(change: Change): Change {
  return (value) => {
    if (!Array.isArray(value)) return value;
    const changed = value.map(change);
    return changed.every((item, index) => item === value[index]) ? value : changed;
  };
}

function inTurn(...changes: readonly Change[]): Change {
  return (value) => changes.reduce((changed, change) => change(changed), value);
}

/** The object that holds the reference: `name` of most, `secretName` of a Secret volume. */
function reference(kind: ConfigKind, field: string, rename: Rename): Change {
  return (value) => {
    if (!isRecord(value) || !Object.hasOwn(value, field)) return value;
    const name = value[field];
    if (typeof name !== 'string' || name === '') return value;
    return member(field, () => rename({ kind, name, optional: value['optional'] === true }))(value);
  };
}

function inContainer(rename: Rename): Change {
  const env = inTurn(
    member('configMapKeyRef', reference('ConfigMap', 'name', rename)),
    member('secretKeyRef', reference('Secret', 'name', rename)),
  );
  const envFrom = inTurn(
    member('configMapRef', reference('ConfigMap', 'name', rename)),
    member('secretRef', reference('Secret', 'name', rename)),
  );
  return inTurn(member('env', each(member('valueFrom', env))), member('envFrom', each(envFrom)));
}

function inVolume(rename: Rename): Change {
  const configMap = member('configMap', reference('ConfigMap', 'name', rename));
  const source = inTurn(configMap, member('secret', reference('Secret', 'name', rename)));
  return inTurn(
    configMap,
    member('secret', reference('Secret', 'secretName', rename)),
    member('projected', member('sources', each(source))),
  );
}

/**
 * The template with other names in its references to ConfigMaps and Secrets: environment and volumes of all containers, projected volumes included. Nothing
 * else is touched, what is not understood stays as it is, and the given template is never changed. Pull secrets are no configuration.
 */
export function renameConfigRefs(template: Json, rename: Rename): Json {
  const containers = each(inContainer(rename));
  const change = inTurn(
    member('initContainers', containers),
    member('containers', containers),
    member('ephemeralContainers', containers),
    member('volumes', each(inVolume(rename))),
  );
  const spec = change(template['spec']);
  return spec === template['spec'] ? template : { ...template, spec };
}

function collect(template: Json): readonly ConfigRef[] {
  const found = new Map<string, ConfigRef>();
  renameConfigRefs(template, (ref) => {
    const before = found.get(configKey(ref));
    found.set(configKey(ref), { ...ref, optional: ref.optional && (before?.optional ?? true) });
    return ref.name;
  });
  return [...found.values()].toSorted((left, right) => (configKey(left) < configKey(right) ? -1 : 1));
}

/** What a pod template takes its configuration from, each object once, in a fixed order. Computed once for each template, which is never changed. */
export const configRefs: (template: Json) => readonly ConfigRef[] = memoByObject(collect);

/** Names one object of a namespace: `ConfigMap/checkout-config`. */
export function configKey(ref: { readonly kind: ConfigKind; readonly name: string }): string {
  return `${ref.kind}/${ref.name}`;
}

/** `Kind/name` in its parts. */
export function splitConfigKey(key: string): { readonly kind: ConfigKind; readonly name: string } {
  const slash = key.indexOf('/');
  return { kind: key.startsWith('Secret/') ? 'Secret' : 'ConfigMap', name: key.slice(slash + 1) };
}
