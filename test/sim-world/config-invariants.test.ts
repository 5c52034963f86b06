import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, REPLICA_SET } from '../../src/api/kinds.ts';
import { CONFIG_COPY, CONFIG_RECORD, COPY_OF } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { digestConfig } from '../../src/core/config/config-digest.ts';
import { formatRecord } from '../../src/core/config/config-record.ts';
import { configCopyName } from '../../src/core/identity/names.ts';
import { createLedger, type Ledger, ownedSet } from './ledger.ts';

const OWNER = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', name: 'web', uid: 'uid-web' };
const DATA = { timeout: '3s' };

function configMap(name: string, data: Readonly<Record<string, string>> = DATA, more: Readonly<Record<string, unknown>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop', uid: `uid-${name}` }, data, ...more };
}

const DIGEST = digestConfig(configMap('app')).digest;
const COPY = configCopyName('app', DIGEST);

function copy(data = DATA, more: Readonly<Record<string, unknown>> = { immutable: true }): KubeObject {
  const object = configMap(COPY, data, more);
  const metadata = { labels: { [CONFIG_COPY]: 'true' }, annotations: { [COPY_OF]: 'app' }, ownerReferences: [OWNER] };
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

function setWith(ref: string): KubeObject {
  const set = ownedSet('new', 1, 0);
  const template = { spec: { containers: [{ name: 'web', image: 'web', envFrom: [{ configMapRef: { name: ref } }] }] } };
  return {
    ...set,
    metadata: {
      ...set.metadata,
      annotations: { ...set.metadata.annotations, [CONFIG_RECORD]: formatRecord(new Map([['ConfigMap/app', DIGEST]])) },
    },
    spec: { ...Object(set['spec']), template },
  };
}

function prepared(): Ledger {
  const ledger = createLedger();
  ledger.write(CONFIG_MAP, configMap('app'), 'jane');
  return ledger;
}

function only(ledger: Ledger, pattern: RegExp): void {
  const found = ledger.found().filter((line) => /ConfigMap|refers|needs/.test(line));
  assert.equal(found.length, 1, found.join('\n'));
  assert.match(found[0] ?? '', pattern);
}

describe('the rules of configuration', () => {
  it('are silent while copies are made, used and deleted as they should', () => {
    const ledger = prepared();
    ledger.write(CONFIG_MAP, copy());
    ledger.write(REPLICA_SET, setWith(COPY));
    ledger.write(CONFIG_MAP, configMap('app', { timeout: '1ms' }), 'jane');
    ledger.remove(REPLICA_SET, 'web-new');
    ledger.remove(CONFIG_MAP, COPY);
    assert.deepEqual(ledger.found(), []);
  });

  it('find a write to what belongs to people (S14)', () => {
    const ledger = prepared();
    ledger.write(CONFIG_MAP, configMap('app', { timeout: '9s' }));
    only(ledger, /^S14 ConfigMap shop\/app: the controller wrote an object that is no copy/);
  });

  it('find a copy that may change, holds something else, or was changed (S14)', () => {
    const mutable = prepared();
    mutable.write(CONFIG_MAP, copy(DATA, {}));
    only(mutable, /a copy is not immutable/);
    const wrong = prepared();
    wrong.write(CONFIG_MAP, copy({ timeout: '9s' }));
    only(wrong, /it does not hold what app holds/);
    const changed = prepared();
    changed.write(CONFIG_MAP, copy());
    changed.write(CONFIG_MAP, copy({ timeout: '9s' }));
    only(changed, /the controller changed what a copy holds/);
  });

  it('find a ReplicaSet before its copy, with the object itself, or with another content (S5)', () => {
    const early = prepared();
    early.write(REPLICA_SET, setWith(COPY));
    only(early, /^S5 shop\/web-new: needs ConfigMap app-[a-z0-9]{10}, which does not exist/);
    const raw = prepared();
    raw.write(CONFIG_MAP, copy());
    raw.write(REPLICA_SET, setWith('app'));
    only(raw, /refers to ConfigMap\/app, which may change/);
    const other = prepared();
    other.write(CONFIG_MAP, copy({ timeout: '9s' }), 'jane');
    other.write(REPLICA_SET, setWith(COPY));
    only(other, /which holds something else/);
  });

  it('find a copy that goes before the ReplicaSet that refers to it (S5)', () => {
    const ledger = prepared();
    ledger.write(CONFIG_MAP, copy());
    ledger.write(REPLICA_SET, setWith(COPY));
    ledger.remove(CONFIG_MAP, COPY);
    only(ledger, /is deleted while web-new refers to it/);
  });
});
