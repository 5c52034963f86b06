import type { KindDescriptor } from '../../api/kinds.ts';
import { MANAGED_BY, SOURCE_COMMIT, SOURCE_FILE, SOURCE_PATH, SYNC_NAME, SYNC_NAMESPACE } from '../../api/labels.ts';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import type { TreeEntry } from '../../ports/repository.ts';
import { canonicalDigest } from './canonical-digest.ts';
import { fieldsOf } from './fields-of.ts';
import { findKind, kindsOfCrd } from './known-kinds.ts';
import { type Manifest, manifestId, type SourceProblem } from './manifest.ts';
import { parseManifests, type RawDocument } from './parse-manifests.ts';

const YAML_FILE = /\.(ya?ml|json)$/i;
const KUSTOMIZATION = /(^|\/)(kustomization\.ya?ml|Kustomization)$/;
const TOTAL_LIMIT = 16 * 1024 * 1024;
/** As many as the inventory of a GitSync can hold. */
const OBJECT_LIMIT = 2000;
const NAME = /^[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$/;
const STAMPS = new Set([MANAGED_BY, SOURCE_COMMIT, SOURCE_PATH, SOURCE_FILE, SYNC_NAME, SYNC_NAMESPACE]);

export interface BuildOptions {
  /** Namespace of the GitSync: given to objects that name none, and the only one they may name. */
  readonly namespace: string;
  /** Kinds that the caller found in the cluster. */
  readonly kinds?: readonly KindDescriptor[] | undefined;
}

export interface Build {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly SourceProblem[];
  /** Kinds that CRDs of this build declare. */
  readonly kinds: readonly KindDescriptor[];
}

/** The files of a tree that are manifests. */
export function manifestFiles(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  return entries.filter((entry) => entry.type === 'file' && YAML_FILE.test(entry.path) && !KUSTOMIZATION.test(entry.path));
}

/** Entries that keep a tree from being applied: symlinks and submodules are never followed, and kustomize is not built in yet. */
export function treeProblems(entries: readonly TreeEntry[]): readonly SourceProblem[] {
  return entries.flatMap((entry): SourceProblem[] => {
    if (entry.type !== 'file')
      return [{ reason: 'UnsafeEntry', file: entry.path, message: `is a ${entry.type}; replace it by a plain file` }];
    if (!KUSTOMIZATION.test(entry.path)) return [];
    return [{ reason: 'Unsupported', file: entry.path, message: 'kustomize is not supported yet; point spec.path at plain YAML' }];
  });
}

function problem(document: RawDocument, file: string, message: string, reason: SourceProblem['reason'] = 'InvalidManifest'): SourceProblem {
  return { reason, file, line: document.line, message };
}

function unstamped(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !STAMPS.has(key)));
}

/** The document without stamps and status: somebody who copies a live object into Git cannot forge provenance with it. */
function withoutStamps(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { status: _status, ...rest } = value;
  const metadata = { ...fieldsOf(rest['metadata']) };
  for (const field of ['labels', 'annotations']) if (metadata[field] !== undefined) metadata[field] = unstamped(metadata[field]);
  for (const field of ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink']) delete metadata[field];
  return { ...rest, metadata };
}

function readManifest(
  document: RawDocument,
  file: string,
  options: BuildOptions,
  crdKinds: readonly KindDescriptor[],
): Manifest | SourceProblem {
  const { apiVersion, kind } = document.value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return problem(document, file, 'apiVersion and kind are needed; this is no Kubernetes object');
  if (kind === 'List') return problem(document, file, 'a List is not supported; write its items as documents of their own', 'Unsupported');
  const metadata = objectMetaSchema.safeParse(document.value['metadata']);
  if (!metadata.success || !NAME.test(metadata.data.name))
    return problem(document, file, `${kind}: metadata.name is missing or no Kubernetes name`);
  const slash = apiVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const found = findKind(group, version, kind, [...crdKinds, ...(options.kinds ?? [])]);
  if (found === undefined) {
    return problem(
      document,
      file,
      `${apiVersion} ${kind}: the kind is not known here; check apiVersion and kind, or add its CRD`,
      'Unsupported',
    );
  }
  const { name } = metadata.data;
  const declared = metadata.data.namespace;
  if (found.namespaced && declared !== undefined && declared !== options.namespace) {
    const remedy = `a GitSync of ${options.namespace} applies to its own namespace; leave metadata.namespace out or use a GitSync there`;
    return problem(document, file, `${kind} ${name}: metadata.namespace is ${declared}; ${remedy}`, 'CrossNamespace');
  }
  const namespace = found.namespaced ? options.namespace : undefined;
  const plain = withoutStamps(document.value);
  const { namespace: _declared, ...rest } = fieldsOf(plain['metadata']);
  const object: KubeObject = { ...plain, apiVersion, kind, metadata: { ...rest, name, ...(namespace === undefined ? {} : { namespace }) } };
  const id = manifestId({ group, kind, namespace, name });
  return { id, group, version, kind, namespace, name, file, line: document.line, digest: canonicalDigest(object), object };
}

/** Two documents of one object contradict each other: neither is applied. */
function duplicates(manifests: readonly Manifest[]): ReadonlyMap<string, readonly Manifest[]> {
  const byId = Map.groupBy(manifests, (manifest) => manifest.id);
  return new Map([...byId].filter(([, same]) => same.length > 1));
}

/** Reads the manifests of one commit: every object that can be applied, and every problem that keeps another from it. */
export function buildManifests(files: readonly { readonly path: string; readonly text: string }[], options: BuildOptions): Build {
  const total = files.reduce((sum, file) => sum + file.text.length, 0);
  if (total > TOTAL_LIMIT) {
    const message = `the manifests are larger than ${TOTAL_LIMIT} bytes together; point spec.path at a smaller directory`;
    return { manifests: [], kinds: [], problems: [{ reason: 'TooLarge', file: files[0]?.path ?? '', message }] };
  }
  const parsed = files.map((file) => ({ file: file.path, ...parseManifests(file.path, file.text) }));
  const raw = parsed.flatMap(({ file, documents }) => documents.map((document) => ({ file, document })));
  const kinds = raw
    .filter(({ document }) => document.value['kind'] === 'CustomResourceDefinition')
    .flatMap(({ document }) => kindsOfCrd({ apiVersion: '', kind: '', metadata: { name: '' }, ...document.value }));
  const read = raw.map(({ file, document }) => readManifest(document, file, options, kinds));
  const all = read.filter((one): one is Manifest => 'id' in one);
  if (all.length > OBJECT_LIMIT) {
    const message = `there are more than ${OBJECT_LIMIT} objects; split them over several GitSyncs`;
    return { manifests: [], kinds: [], problems: [{ reason: 'TooLarge', file: files[0]?.path ?? '', message }] };
  }
  const twice = duplicates(all);
  const problems = [
    ...parsed.flatMap((file) => file.problems),
    ...read.filter((one): one is SourceProblem => !('id' in one)),
    ...[...twice.values()].flat().map((manifest): SourceProblem => {
      const message = `${manifest.kind} ${manifest.name} is declared more than once; keep one`;
      return { reason: 'Duplicate', file: manifest.file, line: manifest.line, object: manifest.id, message };
    }),
  ];
  return { manifests: all.filter((manifest) => !twice.has(manifest.id)), problems, kinds };
}
