import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../src/api/metadata.ts';
import { digestConfig } from '../../src/core/config/config-digest.ts';
import { agreement, configHash, formatRecord, parseRecord } from '../../src/core/config/config-record.ts';

type Section = Readonly<Record<string, string>>;

function configMap(data?: Section, binaryData?: Section): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'app', namespace: 'shop' },
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
  };
}

function secret(data: Section, type = 'Opaque'): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'app' }, type, data };
}

const keys = fc.oneof(fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/), fc.constantFrom('__proto__', 'constructor', 'toString'));
const entries = fc.uniqueArray(fc.tuple(keys, fc.string()), { maxLength: 8, selector: ([key]) => key });
function byKey(all: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return all.toSorted(([left], [right]) => (left < right ? -1 : 1));
}

const digest = (object: KubeObject): string => digestConfig(object).digest;

describe('the digest of a ConfigMap', () => {
  it('does not depend on the order of its keys, nor on its metadata', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat()), (all, order) => {
        const mixed = all.map((entry, index) => ({ entry, at: order[index] ?? 0 })).toSorted((a, b) => a.at - b.at);
        const other = {
          ...configMap(Object.fromEntries(mixed.map(({ entry }) => entry))),
          metadata: { name: 'other', resourceVersion: '7' },
        };
        assert.equal(digest(other), digest(configMap(Object.fromEntries(all))));
      }),
    );
  });

  it('differs as soon as one key or value differs, also for keys that every object has', () => {
    fc.assert(
      fc.property(entries, entries, (left, right) => {
        const same = JSON.stringify(byKey(left)) === JSON.stringify(byKey(right));
        assert.equal(digest(configMap(Object.fromEntries(left))) === digest(configMap(Object.fromEntries(right))), same);
      }),
    );
  });

  it('tells data from binaryData, counts binaryData by its bytes, and takes an empty member for none', () => {
    assert.notEqual(digest(configMap({ a: 'YQ==' })), digest(configMap({}, { a: 'YQ==' })));
    assert.equal(digest(configMap({}, { a: 'YWFhYWFhYWFh' })), digest(configMap(undefined, { a: 'YWFh\nYWFh\nYWFh\n' })));
    assert.notEqual(digest(configMap({}, { a: 'YQ==' })), digest(configMap({}, { a: 'Yg==' })));
    assert.equal(digest(configMap({}, {})), digest(configMap()));
  });

  it('is quick for an object of the largest size', () => {
    const large = configMap({ blob: 'x'.repeat(1024 * 1024) });
    const before = process.hrtime.bigint();
    assert.equal(digest(large), digest(large));
    assert.ok(process.hrtime.bigint() - before < 1_000_000_000n);
  });

  it('says by key what changed, and holds no value', () => {
    const [before, after] = [configMap({ a: 'secret one', b: '2' }), configMap({ a: 'secret two', b: '2' })].map((one) =>
      digestConfig(one),
    );
    assert.notEqual(before?.keys.get('a'), after?.keys.get('a'));
    assert.equal(before?.keys.get('b'), after?.keys.get('b'));
    assert.doesNotMatch(JSON.stringify([before?.digest, ...(before?.keys ?? [])]), /secret/);
    assert.equal(
      digestConfig(JSON.parse('{"kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"1"}}')).keys.has('__proto__'),
      true,
    );
  });
});

describe('the digest of a Secret', () => {
  it('depends on its type and on the salt, so that nobody can try passwords against an annotation', () => {
    const password = secret({ password: 'aHVudGVyMg==' });
    assert.equal(digestConfig(password, 'uid-1').digest, digestConfig(password, 'uid-1').digest);
    assert.notEqual(digestConfig(password, 'uid-1').digest, digestConfig(password, 'uid-2').digest);
    assert.notEqual(digest(password), digest(secret({ password: 'aHVudGVyMg==' }, 'kubernetes.io/tls')));
  });
});

describe('the record of a revision', () => {
  const records = fc.uniqueArray(
    fc.tuple(fc.constantFrom('ConfigMap/a', 'ConfigMap/b', 'Secret/a', 'Secret/b'), fc.constantFrom('1', '2')),
    {
      selector: ([key]) => key,
    },
  );

  it('is read back from its annotation as it was, and has one hash whatever its order', () => {
    fc.assert(
      fc.property(records, (all) => {
        const record = new Map(all);
        assert.deepEqual(byKey([...parseRecord(formatRecord(record))]), byKey(all));
        assert.equal(configHash(new Map(all.toReversed())), configHash(record));
        assert.equal(configHash(record) === undefined, all.length === 0);
      }),
    );
  });

  it('is empty for an annotation that is none of ours', () => {
    for (const text of [undefined, '', '{', '[]', 'null', '1', '{"ConfigMap/a": 1}']) assert.equal(parseRecord(text).size, 0);
  });

  it('agrees with another one unless both know an object with different contents', () => {
    const record = new Map([
      ['ConfigMap/a', '1'],
      ['ConfigMap/b', '1'],
    ]);
    assert.equal(agreement(record, record), 2);
    assert.equal(agreement(record, new Map()), 0);
    assert.equal(agreement(record, new Map([['ConfigMap/a', '1']])), 1);
    assert.equal(agreement(record, new Map([['ConfigMap/b', '2']])), undefined);
    assert.equal(agreement(record, new Map([['Secret/b', '2']])), 0);
  });
});
