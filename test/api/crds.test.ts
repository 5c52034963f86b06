import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CRD_TABLE } from '../../src/api/crd-table.ts';
import { OWN_KINDS } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { crdYaml } from '../../src/core/crds/crd-yaml.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'crds');

interface Served {
  readonly names: { readonly shortNames: readonly string[]; readonly plural: string };
  readonly scope: string;
  readonly versions: readonly [
    {
      readonly subresources: { readonly status?: object; readonly scale?: { readonly specReplicasPath: string } };
      readonly additionalPrinterColumns: readonly { readonly jsonPath: string }[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    },
  ];
}

interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

const specs = ownCrds().map((crd) => ({ name: crd.metadata.name, spec: crd['spec'] as Served }));

function schemaOf(name: string): Schema {
  const found = specs.find((crd) => crd.name === name);
  assert.ok(found, name);
  return found.spec.versions[0].schema.openAPIV3Schema;
}

function walk(schema: Schema, path: string, visit: (schema: Schema, path: string) => void): void {
  visit(schema, path);
  for (const [key, member] of Object.entries(schema.properties ?? {})) walk(member, `${path}.${key}`, visit);
  if (schema.additionalProperties !== undefined) walk(schema.additionalProperties, `${path}{}`, visit);
  if (schema.items !== undefined) walk(schema.items, `${path}[]`, visit);
}

describe('the custom resource definitions', () => {
  it('in crds/ are what the schemas say', () => {
    const wanted = ownCrds().map((crd) => [`${crd.metadata.name.split('.')[0]}.yaml`, crdYaml(crd)]);
    const found = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]);
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(wanted), 'run npm run crds and commit the result');
  });

  it('exist for every kind, are namespaced as the kind is, and are under 256 KB together', () => {
    assert.deepEqual(CRD_TABLE.map((row) => row.kind).sort(), OWN_KINDS.map((kind) => kind.kind).sort());
    for (const kind of OWN_KINDS) {
      const spec = specs.find((crd) => crd.name === `${kind.plural}.${kind.group}`)?.spec;
      assert.equal(spec?.scope, kind.namespaced ? 'Namespaced' : 'Cluster', kind.kind);
    }
    const bytes = readdirSync(FOLDER).reduce((sum, name) => sum + readFileSync(join(FOLDER, name)).length, 0);
    assert.ok(bytes > 50_000 && bytes < 256 * 1024, `${bytes} bytes`);
  });

  it('have the short names that people know', () => {
    const names = new Map(specs.map((crd) => [crd.spec.names.plural, crd.spec.names.shortNames]));
    assert.deepEqual(names.get('rollouts'), ['ro']);
    assert.deepEqual(names.get('analysistemplates'), ['at']);
    assert.deepEqual(names.get('clusteranalysistemplates'), ['cat']);
    assert.deepEqual(names.get('analysisruns'), ['ar']);
    assert.deepEqual(names.get('experiments'), ['exp']);
    assert.equal(new Set([...names.values()].flat()).size, 8);
  });

  it('have a status subresource, and a status that does not count as healthy before anybody wrote it', () => {
    for (const { name, spec } of specs) {
      assert.deepEqual(spec.versions[0].subresources.status, {}, name);
      assert.deepEqual(schemaOf(name).properties?.['status']?.default, { observedGeneration: -1 }, name);
    }
  });

  it('let a Rollout be scaled, with one replica when it says nothing', () => {
    const rollout = specs.find((crd) => crd.name === 'rollouts.sluice.dev')?.spec.versions[0];
    assert.deepEqual(rollout?.subresources.scale, {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.HPAReplicas',
      labelSelectorPath: '.status.selector',
    });
    assert.equal(schemaOf('rollouts.sluice.dev').properties?.['spec']?.properties?.['replicas']?.default, 1);
  });

  it('show columns of fields that exist', () => {
    for (const { name, spec } of specs) {
      for (const { jsonPath } of spec.versions[0].additionalPrinterColumns) {
        if (jsonPath.startsWith('.metadata')) continue;
        let schema: Schema | undefined = schemaOf(name);
        for (const part of jsonPath.replace(/\[.*$/, '').split('.').slice(1)) schema = schema?.properties?.[part];
        assert.ok(schema, `${name} ${jsonPath}`);
      }
    }
  });

  it('are structural: every node has a type or is opaque, and no union is left', () => {
    for (const { name } of specs) {
      walk(schemaOf(name), name, (schema, path) => {
        const typed = schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true;
        assert.ok(typed || schema['x-kubernetes-preserve-unknown-fields'] === true, path);
        assert.equal(schema.additionalProperties !== undefined && schema.properties !== undefined, false, path);
        assert.equal('oneOf' in schema || 'allOf' in schema || '$ref' in schema, false, path);
      });
    }
  });

  it('bound every list and every text of a spec, so that no rule over them costs too much', () => {
    for (const { name } of specs) {
      const spec = schemaOf(name).properties?.['spec'];
      assert.ok(spec);
      walk(spec, `${name}.spec`, (schema, path) => {
        if (schema.type === 'array') assert.ok(schema.maxItems !== undefined, path);
        if (schema.type === 'string' && !('enum' in schema)) assert.ok(schema.maxLength !== undefined, path);
      });
    }
  });

  it('have no field that names a namespace to read from', () => {
    for (const { name } of specs) {
      const spec = schemaOf(name).properties?.['spec'];
      assert.ok(spec);
      // A generated route names the Gateway that it is attached to, as every route does; the Gateway's allowedRoutes decides, and nothing is read there.
      const attached = /\.generate\.parentRefs\[\]\.namespace$/;
      walk(spec, `${name}.spec`, (_, path) => assert.ok(!path.endsWith('.namespace') || attached.test(path), path));
    }
  });

  it('say in every rule what would be right', () => {
    let rules = 0;
    for (const { name } of specs) {
      walk(schemaOf(name), name, (schema, path) => {
        for (const { message } of schema['x-kubernetes-validations'] ?? []) {
          rules += 1;
          assert.match(message, /;|:|needs|must be/, `${path}: ${message}`);
        }
      });
    }
    assert.ok(rules > 40, `${rules} rules`);
  });
});
