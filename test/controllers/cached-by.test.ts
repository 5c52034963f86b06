import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseGitTarget } from '../../src/api/parse.ts';
import { cachedBy, withoutBallast } from '../../src/observe/cached-by.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function target(annotations?: Readonly<Record<string, string>>) {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'GitTarget',
    metadata: {
      name: 'shop',
      resourceVersion: '7',
      managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }],
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { url: 'https://git.example.com/shop', branch: 'main', paths: [{ prefix: 'a', namespaces: ['shop'] }] },
  };
}

describe('a custom object in a cache', () => {
  it('is held without the record of field managers and without the copy that kubectl keeps, and otherwise whole', () => {
    const { raw, parsed } = cachedBy(parseGitTarget)(target({ [LAST_APPLIED]: '{"large":true}', kept: 'yes' }));
    assert.deepEqual(raw, { ...target(), metadata: { name: 'shop', resourceVersion: '7', annotations: { kept: 'yes' } } });
    assert.ok(parsed.ok);
    assert.doesNotMatch(JSON.stringify(parsed.value), /large|managedFields/);
    assert.deepEqual(withoutBallast(target()).metadata, { name: 'shop', resourceVersion: '7' });
  });

  it('is in memory once where the parser left it as it was, and as it was sent where it did not', () => {
    const sent = { ...target(), spec: { ...target().spec, later: 1 }, status: { observedGeneration: 1, restores: [] } };
    const { raw, parsed } = cachedBy(parseGitTarget)(sent);
    assert.ok(parsed.ok);
    const { spec, status } = raw as unknown as { readonly spec: { readonly paths: unknown }; readonly status: unknown };
    assert.deepEqual({ ...raw, metadata: {} }, { ...sent, metadata: {} });
    assert.equal(status, parsed.value.status);
    assert.equal(spec.paths, parsed.value.spec.paths);
    assert.notEqual(spec, parsed.value.spec);
  });
});
