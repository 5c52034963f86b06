import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { structuralSchema } from '../../src/api/crd.ts';
import { CRD_TABLE } from '../../src/api/crd-table.ts';
import { formatProblem } from '../../src/api/field-problem.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { unknownFields } from '../../src/api/unknown-fields.ts';
import { lintObject } from '../../src/core/lint/lint-object.ts';
import { valuesOf } from './schema-values.ts';

const SEED = 20_260_131;

function objectsOf(row: (typeof CRD_TABLE)[number]): fc.Arbitrary<KubeObject> {
  const { properties = {} } = structuralSchema(row.schema);
  const spec = valuesOf(properties['spec'] ?? {});
  const status = fc.option(valuesOf(properties['status'] ?? {}), { nil: undefined });
  return fc.tuple(spec, status).map(([value, state]) => ({
    apiVersion: `${row.group}/${row.version}`,
    kind: row.kind,
    metadata: { name: 'generated' },
    spec: value,
    ...(state === undefined ? {} : { status: state }),
  }));
}

/** `wanted` is in `found`, which may hold defaults beside it. */
function contains(found: unknown, wanted: unknown, path: string): void {
  if (typeof wanted !== 'object' || wanted === null) return assert.deepEqual(found, wanted, path);
  assert.ok(typeof found === 'object' && found !== null, path);
  if (Array.isArray(wanted)) assert.equal(Array.isArray(found) ? found.length : undefined, wanted.length, path);
  const members = new Map<string, unknown>(Object.entries(found));
  for (const [key, value] of Object.entries(wanted)) contains(members.get(key), value, `${path}.${key}`);
}

describe('an object that its structural schema accepts', () => {
  for (const row of CRD_TABLE) {
    it(`of kind ${row.kind} is parsed without losing a field, and has no unknown field`, () => {
      fc.assert(
        fc.property(objectsOf(row), (object) => {
          const parsed = row.schema.safeParse(object);
          assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
          contains(parsed.data, object, row.kind);
          assert.deepEqual(unknownFields(object).map(formatProblem), []);
        }),
        { seed: SEED, numRuns: 60 },
      );
    });

    it(`of kind ${row.kind} is linted without an exception, and the same twice`, () => {
      fc.assert(
        fc.property(objectsOf(row), (object) => {
          const first = lintObject(object);
          assert.ok(first);
          for (const problem of [...first.problems, ...first.unsupported])
            assert.ok(problem.field !== '' && problem.remedy !== '', formatProblem(problem));
          assert.deepEqual(lintObject(object), first);
        }),
        { seed: SEED, numRuns: 60 },
      );
    });
  }
});
