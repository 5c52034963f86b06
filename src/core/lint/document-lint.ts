import type { FieldProblem } from '../../api/field-problem.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { LineOf } from './field-line.ts';

/** A finding, and the line that it is about, from 1. */
export interface LocatedProblem extends FieldProblem {
  readonly line: number;
}

/** What lint found in one document of a file. Only `problems` make it wrong. */
export interface DocumentLint {
  /** Position in the file, from 0, and the line that it starts at, from 1. */
  readonly index: number;
  readonly line: number;
  readonly kind: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly problems: readonly LocatedProblem[];
  /** Understood, but not done by this version: the object would be `Stalled`. */
  readonly unsupported: readonly LocatedProblem[];
  readonly warnings: readonly LocatedProblem[];
}

/** A document with what it says of itself; `object` is absent when it is no Kubernetes object. */
export interface LintedDocument extends Omit<DocumentLint, 'problems' | 'unsupported' | 'warnings'> {
  readonly object: KubeObject | undefined;
  readonly lineOf: LineOf;
  readonly problems: readonly FieldProblem[];
  readonly unsupported: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
}
