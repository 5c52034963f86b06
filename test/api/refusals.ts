import assert from 'node:assert/strict';
import { OWN_KINDS } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { isSluiceError } from '../../src/ports/errors.ts';

/** Every message of a CEL rule, to tell a refusal by a rule from one by the schema. */
export const CEL_MESSAGES: readonly string[] = celMessages();

export interface Refusal {
  /** `strict`, `schema` or `cel`. */
  readonly side: string;
  readonly message: string;
}

interface Cause {
  readonly field?: string;
  readonly message?: string;
}

function celMessages(): readonly string[] {
  const messages: string[] = [];
  JSON.stringify(ownCrds(), (key, value: unknown) => {
    if (key === 'x-kubernetes-validations') messages.push(...(value as { message: string }[]).map((rule) => rule.message));
    return value;
  });
  return messages;
}

/** Which sides of this API server refuse an object, and how. A dry run: nothing is left behind. */
export async function refusals(cluster: Cluster, object: KubeObject): Promise<readonly Refusal[]> {
  const kind = OWN_KINDS.find((known) => known.kind === object.kind);
  assert.ok(kind);
  const placed = kind.namespaced ? { ...object, metadata: { ...object.metadata, namespace: 'default' } } : object;
  const found: Refusal[] = [];
  for (const fieldValidation of ['Strict', 'Ignore'] as const) {
    try {
      await cluster.create(kind, placed, { dryRun: true, fieldValidation });
    } catch (error) {
      assert.ok(isSluiceError(error, 'spec_invalid'), `${object.kind}: ${String(error)}`);
      if (error.details['status'] === 400) found.push({ side: 'strict', message: error.message });
      else if (fieldValidation === 'Ignore')
        for (const cause of causesOf(error.details)) found.push({ side: sideOf(cause), message: cause.message ?? '' });
    }
  }
  return found;
}

function causesOf(details: Readonly<Record<string, unknown>>): readonly Cause[] {
  const causes = details['causes'];
  return Array.isArray(causes) ? (causes as Cause[]) : [];
}

function sideOf(cause: Cause): string {
  assert.ok(!cause.message?.includes('rule evaluation error'), `a CEL rule failed to evaluate: ${cause.message}`);
  return CEL_MESSAGES.some((message) => cause.message?.includes(message)) ? 'cel' : 'schema';
}
