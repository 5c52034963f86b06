import { POD_METADATA, POD_METADATA_PENDING } from '../../../api/labels.ts';
import { pendingNamesSchema, podMetadataSchema } from '../../../api/pod-metadata.ts';
import { canonicalJson } from '../../identity/canonical-json.ts';

type Entries = Readonly<Record<string, string>>;

/** Labels and annotations of the pods of one revision, beside the template's own. */
export interface PodMetadata {
  readonly labels: Entries;
  readonly annotations: Entries;
}

/** What a ReplicaSet says of them, with the template's own values that they stand in for. */
export interface PodMetadataRecord extends PodMetadata {
  readonly was: PodMetadata;
}

/** Names that have to leave live pods. */
export interface PendingNames {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

type Annotations = Readonly<Record<string, string>>;

const NOTHING: PodMetadata = { labels: {}, annotations: {} };
/** Nothing beside the template's own: the record of most ReplicaSets. */
export const NO_RECORD: PodMetadataRecord = { ...NOTHING, was: NOTHING };

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The record on a ReplicaSet; an unreadable one says nothing. */
export function podMetadataOf(annotations: Annotations): PodMetadataRecord {
  const text = annotations[POD_METADATA];
  return text === undefined ? NO_RECORD : (podMetadataSchema.safeParse(json(text)).data ?? NO_RECORD);
}

/** The names that live pods still have to lose; undefined when they all follow the record. */
export function pendingOf(annotations: Annotations): PendingNames | undefined {
  const text = annotations[POD_METADATA_PENDING];
  return text === undefined ? undefined : (pendingNamesSchema.safeParse(json(text)).data ?? { labels: [], annotations: [] });
}

/** The record as an annotation; undefined when there is nothing to record. */
export function formatPodMetadata(record: PodMetadataRecord): string | undefined {
  const { labels, annotations, was } = record;
  if (Object.keys(labels).length + Object.keys(annotations).length === 0) return undefined;
  const replaced = Object.keys(was.labels).length + Object.keys(was.annotations).length > 0;
  return canonicalJson({ labels, annotations, ...(replaced ? { was } : {}) });
}
