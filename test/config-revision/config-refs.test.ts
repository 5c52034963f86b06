import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type ConfigRef, configKey, configRefs, renameConfigRefs } from '../../src/core/config/config-refs.ts';
import { withCopies } from '../../src/core/config/revision-object.ts';
import { configCopyName } from '../../src/core/identity/names.ts';
import { podConfig } from '../../src/core/revert/pod-config.ts';
import { type Planted, podTemplates } from './pod-templates.ts';

function sorted(refs: readonly ConfigRef[]): readonly string[] {
  return refs.map((ref) => `${configKey(ref)}${ref.optional ? '?' : ''}`).toSorted();
}

/** Every string of a value with its path. */
function leaves(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, member]) => leaves(member, `${path}/${key}`));
}

function expected(planted: readonly Planted[]): readonly string[] {
  const optional = new Map<string, boolean>();
  for (const one of planted) optional.set(configKey(one), one.optional && (optional.get(configKey(one)) ?? true));
  return [...optional].map(([key, only]) => `${key}${only ? '?' : ''}`).toSorted();
}

describe('the references of a pod template', () => {
  it('are found in every place that Kubernetes knows, and in no other', () => {
    fc.assert(
      fc.property(podTemplates(), ({ template, planted }) => {
        assert.deepEqual(sorted(configRefs(template)), expected(planted));
        const { configMaps, secrets } = podConfig(template);
        const names = (kind: string) => configRefs(template).flatMap((ref) => (ref.kind === kind ? [ref.name] : []));
        assert.deepEqual(names('ConfigMap').toSorted(), configMaps);
        for (const name of names('Secret')) assert.ok(secrets.includes(name));
      }),
    );
  });

  it('are renamed each, and nothing else of the template is touched', () => {
    fc.assert(
      fc.property(podTemplates(), ({ template, planted }) => {
        const before = JSON.stringify(template);
        const renamed = renameConfigRefs(template, (ref) => `${ref.name}-x`);
        assert.equal(JSON.stringify(template), before);
        const paths = new Map(planted.map((one) => [one.path, `${one.name}-x`]));
        const wanted = leaves(template).map(([path, value]) => [path, paths.get(path) ?? value]);
        assert.deepEqual(leaves(renamed), wanted);
        assert.equal(JSON.stringify(renameConfigRefs(renamed, (ref) => ref.name.slice(0, -2))), before);
      }),
    );
  });

  it('are left alone by a rename that changes nothing: the very same template comes back', () => {
    fc.assert(
      fc.property(podTemplates(), ({ template }) =>
        assert.equal(
          renameConfigRefs(template, (ref) => ref.name),
          template,
        ),
      ),
    );
  });

  it('become copies where the record knows them, and stay what they are elsewhere', () => {
    fc.assert(
      fc.property(podTemplates(), ({ template }) => {
        const refs = configRefs(template);
        const record = new Map(refs.filter((_, index) => index % 2 === 0).map((ref) => [configKey(ref), `digest of ${ref.name}`]));
        const after = configRefs(withCopies(template, record)).map(configKey);
        const wanted = refs.map((ref) => {
          const digest = record.get(configKey(ref));
          return digest === undefined ? configKey(ref) : configKey({ kind: ref.kind, name: configCopyName(ref.name, digest) });
        });
        assert.deepEqual(new Set(after), new Set(wanted));
      }),
    );
  });

  it('are none in what is no template', () => {
    for (const odd of [{}, { spec: null }, { spec: 'x' }, { spec: { containers: 'x', volumes: [null, 1, { configMap: 'x' }] } }]) {
      assert.deepEqual(configRefs(odd), []);
    }
  });

  it('survive keys that are called like members of every object', () => {
    const template = JSON.parse(
      '{"__proto__": {"a": 1}, "spec": {"__proto__": 1, "volumes": [{"__proto__": 2, "configMap": {"name": "a", "__proto__": 3}}]}}',
    );
    const renamed = renameConfigRefs(template, () => 'b');
    assert.equal(
      JSON.stringify(renamed),
      '{"__proto__":{"a":1},"spec":{"__proto__":1,"volumes":[{"__proto__":2,"configMap":{"name":"b","__proto__":3}}]}}',
    );
  });
});

describe('the name of a copy', () => {
  it('fits into 253 characters and is a name, however long and odd the name is', () => {
    const part = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/);
    const name = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) =>
      parts
        .join('.')
        .slice(0, 253)
        .replace(/[^a-z0-9]+$/, ''),
    );
    fc.assert(
      fc.property(name, fc.string(), fc.string(), (source, left, right) => {
        const copy = configCopyName(source, left);
        assert.ok(copy.length <= 253);
        assert.match(copy, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
        assert.equal(copy, configCopyName(source, left));
        if (left !== right) assert.notEqual(copy, configCopyName(source, right));
      }),
    );
  });
});
