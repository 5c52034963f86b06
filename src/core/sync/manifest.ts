import type { KubeObject } from '../../api/metadata.ts';

/** One object as a file of the repository declares it. */
export interface Manifest {
  /** `group/Kind/namespace/name`; the namespace is empty for cluster kinds. */
  readonly id: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Path from the repository's root, and the line where the document starts. */
  readonly file: string;
  readonly line: number;
  /** SHA-256 of the canonical JSON, without what GitSync stamps. */
  readonly digest: string;
  /** With its namespace filled in. */
  readonly object: KubeObject;
}

/** Why something in the repository cannot be applied: where, what, and what would be right. */
export interface SourceProblem {
  readonly reason: 'InvalidManifest' | 'Unsupported' | 'UnsafeEntry' | 'TooLarge' | 'CrossNamespace' | 'Duplicate';
  readonly file: string;
  readonly line?: number | undefined;
  /** Id of the object that the problem is about, where it is known. */
  readonly object?: string | undefined;
  readonly message: string;
}

/** `file:line: message`. */
export function formatSourceProblem(problem: SourceProblem): string {
  return `${problem.file}${problem.line === undefined ? '' : `:${problem.line}`}: ${problem.message}`;
}

/** The id by which documents of different commits are compared. */
export function manifestId(parts: {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return `${parts.group}/${parts.kind}/${parts.namespace ?? ''}/${parts.name}`;
}
