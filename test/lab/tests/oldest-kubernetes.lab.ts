import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { ROOT } from '../../../scripts/run.ts';
import { binaryPath } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';

/** What the API server of the oldest Kubernetes that is supported has against these definitions. */
function validate(files: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr, error } = spawnSync(binaryPath(partNamed('crd-validator')), files, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { code: status, said: `${stdout}${stderr}` };
}

/** A definition with a rule that looks at every pair of a list of any length. */
const ENDLESS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'lists.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'lists', singular: 'list', kind: 'List', listKind: 'ListList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              endless: {
                type: 'array',
                items: { type: 'string' },
                'x-kubernetes-validations': [{ rule: 'self.all(a, self.all(b, a == b || a != b))' }],
              },
            },
          },
        },
      },
    ],
  },
};

describe('the oldest Kubernetes that is supported, 1.30', () => {
  let scratch: string;
  before(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'sluice-oldest-'));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('takes every definition of ours, with the cost of all its rules', () => {
    const files = globSync('crds/*.yaml', { cwd: ROOT }).map((file) => path.join(ROOT, file));
    assert.equal(files.length, 8);
    assert.deepEqual(validate(files), { code: 0, said: '' });
  });

  it('would refuse a rule over a list without an end, as its estimate of cost is', () => {
    const file = path.join(scratch, 'endless.yaml');
    writeFileSync(file, stringify(ENDLESS));
    const { code, said } = validate([file]);
    assert.equal(code, 1);
    assert.match(said, /endless.*estimated rule cost exceeds budget/);
  });
});
