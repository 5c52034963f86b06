import type { TreeEntry } from '../../ports/repository.ts';
import type { Manifest } from '../sync/manifest.ts';
import type { Closure } from './closure.ts';
import type { CommitFacts } from './restore-facts.ts';

/** What one restore is about. */
export interface Scope {
  /** Ids of both closures, that of the last good commit and that of the applied one. */
  readonly ids: ReadonlySet<string>;
  readonly secretIds: ReadonlySet<string>;
  /** Files of the closures that differ between good and applied, sorted: exactly those that a restore writes. */
  readonly changed: readonly string[];
}

/** The entry of a path in one commit. */
export function entryAt(commit: CommitFacts, path: string): TreeEntry | undefined {
  return commit.entries.find((entry) => entry.path === path);
}

/** Whether both commits hold the same bytes with the same mode at a path, or both nothing. */
export function sameAt(a: CommitFacts, b: CommitFacts, path: string): boolean {
  const [left, right] = [entryAt(a, path), entryAt(b, path)];
  return left?.oid === right?.oid && left?.mode === right?.mode;
}

/** The files and objects that lie between good and applied. */
export function scopeOf(good: CommitFacts, applied: CommitFacts, closures: readonly Closure[]): Scope {
  const ids = new Set(closures.flatMap((closure) => [...closure.ids]));
  const secretIds = new Set(closures.flatMap((closure) => [...closure.secretIds]));
  const files = [...good.manifests, ...applied.manifests].filter((manifest) => ids.has(manifest.id)).map((manifest) => manifest.file);
  return { ids, secretIds, changed: [...new Set(files)].filter((file) => !sameAt(good, applied, file)).toSorted() };
}

/** Documents that are not the same in both commits, by file, id and content. */
export function changedDocuments(good: CommitFacts, applied: CommitFacts): readonly Manifest[] {
  const key = (manifest: Manifest): string => `${manifest.file}\n${manifest.id}\n${manifest.digest}`;
  const before = new Set(good.manifests.map(key));
  const after = new Set(applied.manifests.map(key));
  return [
    ...good.manifests.filter((manifest) => !after.has(key(manifest))),
    ...applied.manifests.filter((manifest) => !before.has(key(manifest))),
  ];
}

/** Content of these objects in one set of documents, by id. */
export function digestsOf(manifests: readonly Manifest[], ids: ReadonlySet<string>): ReadonlyMap<string, string> {
  return new Map(manifests.filter((manifest) => ids.has(manifest.id)).map((manifest) => [manifest.id, manifest.digest]));
}
