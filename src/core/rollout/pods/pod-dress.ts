import { POD_METADATA, POD_METADATA_PENDING } from '../../../api/labels.ts';
import { canonicalJson } from '../../identity/canonical-json.ts';
import { deepEqual } from '../../identity/deep-equal.ts';
import { fieldsOf } from '../../sync/fields-of.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import { type AffinityRules, affinityWith, holdsRules, NO_RULES } from './anti-affinity.ts';
import { formatPodMetadata, NO_RECORD, type PodMetadata, type PodMetadataRecord, pendingOf, podMetadataOf } from './pod-metadata.ts';

type Fields = Readonly<Record<string, unknown>>;
type Entries = Readonly<Record<string, string>>;

/** What Sluice adds to the pods of one revision for the part that it plays now; none of it counts for the revision's hash. */
export interface PodDress {
  readonly metadata: PodMetadata;
  readonly rules: AffinityRules;
}

function textEntries(value: unknown): Entries {
  return Object.fromEntries(Object.entries(fieldsOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function replaced(own: Entries, given: Entries): Entries {
  return Object.fromEntries(Object.entries(own).filter(([name]) => Object.hasOwn(given, name)));
}

/** The record of this metadata over a template's own labels and annotations. */
function recordOver(template: Fields, { labels, annotations }: PodMetadata): PodMetadataRecord {
  const own = fieldsOf(template['metadata']);
  const was = { labels: replaced(textEntries(own['labels']), labels), annotations: replaced(textEntries(own['annotations']), annotations) };
  return { labels, annotations, was };
}

/** A pod template in this dress, and the annotation of its ReplicaSet that says so. */
export function dressTemplate(template: Fields, dress: PodDress): { readonly template: Fields; readonly annotations: Entries } {
  const own = fieldsOf(template['metadata']);
  const { labels, annotations } = dress.metadata;
  const metadata = {
    ...own,
    ...(Object.keys(labels).length === 0 ? {} : { labels: { ...textEntries(own['labels']), ...labels } }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...textEntries(own['annotations']), ...annotations } }),
  };
  const podSpec = fieldsOf(template['spec']);
  const affinity = deepEqual(dress.rules, NO_RULES) ? undefined : affinityWith(podSpec, dress.rules);
  const text = formatPodMetadata(recordOver(template, dress.metadata));
  return {
    template: { ...template, metadata, ...(affinity === undefined ? {} : { spec: { ...podSpec, affinity } }) },
    annotations: text === undefined ? {} : { [POD_METADATA]: text },
  };
}

/** The template as it was before {@link dressTemplate}; `annotations` are those of its ReplicaSet. */
export function undressTemplate(template: Fields, annotations: Entries): Fields {
  const record = podMetadataOf(annotations);
  const own = fieldsOf(template['metadata']);
  const without = (field: 'labels' | 'annotations'): Fields => {
    const entries = Object.entries(textEntries(own[field])).filter(([name]) => !Object.hasOwn(record[field], name));
    const rest = { ...Object.fromEntries(entries), ...record.was[field] };
    return Object.keys(rest).length === 0 && own[field] === undefined ? {} : { [field]: rest };
  };
  const { labels: _labels, annotations: _annotations, ...metadata } = own;
  const podSpec = fieldsOf(template['spec']);
  const { affinity: _affinity, ...spec } = podSpec;
  const affinity = affinityWith(podSpec, NO_RULES);
  return {
    ...template,
    metadata: { ...metadata, ...without('labels'), ...emptied(without('annotations')) },
    ...(template['spec'] === undefined ? {} : { spec: affinity === undefined ? spec : { ...spec, affinity } }),
  };
}

/** A template that had no annotations has none again. */
function emptied(part: Fields): Fields {
  return Object.keys(fieldsOf(part['annotations'])).length === 0 ? {} : part;
}

/** A merge patch of a ReplicaSet: into its template, and into its own annotations. */
export interface Redress {
  readonly template: Fields;
  readonly annotations: Readonly<Record<string, string | null>>;
}

type Changes = Readonly<Record<string, string | null>>;

/** What changes between two records: new values, and null or the template's own value for what leaves. */
function changes(before: PodMetadataRecord, after: PodMetadataRecord, field: 'labels' | 'annotations'): Changes {
  const gone = Object.keys(before[field]).filter((name) => !Object.hasOwn(after[field], name));
  return { ...Object.fromEntries(gone.map((name) => [name, before.was[field][name] ?? null])), ...after[field] };
}

function affinityPatch(podSpec: Fields, rules: AffinityRules): Fields {
  if (holdsRules(podSpec, rules)) return {};
  const before = fieldsOf(podSpec['affinity']);
  const after = affinityWith(podSpec, rules);
  if (after === undefined) return { spec: { affinity: null } };
  const lists = fieldsOf(before['podAntiAffinity']);
  const left = Object.fromEntries(Object.keys(lists).map((name) => [name, null]));
  const podAntiAffinity = after['podAntiAffinity'] === undefined ? null : { ...left, ...fieldsOf(after['podAntiAffinity']) };
  return { spec: { affinity: { podAntiAffinity } } };
}

/** The record of this metadata on a ReplicaSet; without any there is nothing of the template to remember. */
function recordOf(set: ObservedReplicaSet, metadata: PodMetadata): PodMetadataRecord {
  const bare = Object.keys(metadata.labels).length + Object.keys(metadata.annotations).length === 0;
  return bare ? NO_RECORD : recordOver(undressTemplate(set.template, set.annotations), metadata);
}

/** How a ReplicaSet comes into this dress; undefined when it wears it. Its live pods follow under the pending mark. */
export function redress(set: ObservedReplicaSet, dress: PodDress): Redress | undefined {
  const before = podMetadataOf(set.annotations);
  const after = recordOf(set, dress.metadata);
  const same = deepEqual(before, after);
  const podSpec = fieldsOf(set.template['spec']);
  if (same && holdsRules(podSpec, dress.rules)) return undefined;
  const metadata = { labels: changes(before, after, 'labels'), annotations: changes(before, after, 'annotations') };
  const used = Object.fromEntries(Object.entries(metadata).filter(([, change]) => Object.keys(change).length > 0));
  return {
    template: { ...(same ? {} : { metadata: used }), ...affinityPatch(podSpec, dress.rules) },
    annotations: same ? {} : { [POD_METADATA]: formatPodMetadata(after) ?? null, [POD_METADATA_PENDING]: pendingText(set, before, after) },
  };
}

/** Names that leave add up until the live pods have followed. */
function pendingText(set: ObservedReplicaSet, before: PodMetadataRecord, after: PodMetadataRecord): string {
  const pending = pendingOf(set.annotations);
  const names = (field: 'labels' | 'annotations'): readonly string[] =>
    [...new Set([...(pending?.[field] ?? []), ...Object.keys(before[field])])]
      .filter((name) => !Object.hasOwn(after[field], name))
      .toSorted();
  return canonicalJson({ labels: names('labels'), annotations: names('annotations') });
}

/** What a live pod of this ReplicaSet has to look like: values to have, null to have not. */
export function livePodChanges(set: ObservedReplicaSet): { readonly labels: Changes; readonly annotations: Changes } | undefined {
  const pending = pendingOf(set.annotations);
  if (pending === undefined) return undefined;
  const record = podMetadataOf(set.annotations);
  const own = fieldsOf(set.template['metadata']);
  const wanted = (field: 'labels' | 'annotations'): Changes => {
    const template = textEntries(own[field]);
    return { ...Object.fromEntries(pending[field].map((name) => [name, template[name] ?? null])), ...record[field] };
  };
  return { labels: wanted('labels'), annotations: wanted('annotations') };
}
