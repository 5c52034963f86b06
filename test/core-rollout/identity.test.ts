import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson } from '../../src/core/identity/canonical-json.ts';
import { analysisRunName, labelValue, replicaSetName } from '../../src/core/identity/names.ts';
import { restoreId } from '../../src/core/identity/restore-id.ts';
import { revisionHash } from '../../src/core/identity/revision-hash.ts';
import { fieldValue } from '../../src/core/rollout/field-ref.ts';

describe('identity', () => {
  it('gives equal meanings equal hashes: order, null and absent members do not count', () => {
    assert.equal(canonicalJson({ b: [1, null], a: { y: undefined, x: 'ü' }, c: null }), '{"a":{"x":"ü"},"b":[1,null]}');
    assert.equal(revisionHash({ a: 1, b: { c: 2, d: null } }), revisionHash({ b: { c: 2 }, a: 1 }));
    assert.notEqual(revisionHash({ a: 1 }), revisionHash({ a: '1' }));
    assert.match(revisionHash({ a: 1 }), /^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  });

  it('keeps the hash of a template for ever: another value would roll out every service on upgrade', () => {
    assert.equal(revisionHash({ spec: { containers: [{ name: 'app', image: 'shop/checkout:1' }] } }), 'vgxjnjhlxz');
  });

  it('names objects by what they are, and ends names that are too long in a hash', () => {
    assert.equal(replicaSetName('checkout', 'abc'), 'checkout-abc');
    assert.equal(analysisRunName({ rollout: 'checkout', hash: 'abc', ordinal: 7, attempt: 0 }), 'checkout-abc-7');
    assert.equal(analysisRunName({ rollout: 'checkout', hash: 'abc', ordinal: 7, step: 2, attempt: 3 }), 'checkout-abc-7-2.3');
    assert.equal(analysisRunName({ rollout: 'checkout', hash: 'abc', ordinal: 7, type: 'soak', attempt: 0 }), 'checkout-abc-7-soak');
    const long = analysisRunName({ rollout: 'x'.repeat(300), hash: 'abc', ordinal: 1, attempt: 0 });
    assert.equal(long.length, 253);
    assert.notEqual(long, analysisRunName({ rollout: 'x'.repeat(300), hash: 'abc', ordinal: 1, attempt: 1 }));
    assert.equal(labelValue('y'.repeat(64)).length, 63);
  });

  it('derives the id of a restore from uid, revision and bad commit, each of which matters', () => {
    const id = restoreId('u', 'h', 'c');
    assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal(new Set([id, restoreId('v', 'h', 'c'), restoreId('u', 'i', 'c'), restoreId('u', 'h', 'd')]).size, 4);
  });

  it('reads a field by its path, and nothing but texts, numbers and booleans', () => {
    const object = { metadata: { name: 'a', labels: { 'app.io/x': 'b' } }, spec: { list: [{ port: 80 }], on: true } };
    assert.equal(fieldValue(object, 'metadata.name'), 'a');
    assert.equal(fieldValue(object, "metadata.labels['app.io/x']"), 'b');
    assert.equal(fieldValue(object, 'spec.list[0].port'), '80');
    assert.equal(fieldValue(object, 'spec.on'), 'true');
    for (const path of ['spec', 'spec.none', '', '!!', 'constructor.name', 'metadata..'])
      assert.equal(fieldValue(object, path), undefined, path);
  });
});
