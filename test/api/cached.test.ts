import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cachedBy, withoutBallast } from '../../src/api/cached.ts';
import { parseGitTarget } from '../../src/api/parse.ts';

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
});
