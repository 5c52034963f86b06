import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, ENDPOINT_SLICE, INGRESS, LEASE, REPLICA_SET, SECRET, SERVICE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Fixture } from './cluster-contract.ts';
import { at, causesOf, listAt, refused, refusedWith } from './fixtures.ts';

const TEMPLATE = {
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 80 }] }] },
};

/** The built-in kinds as far as Sluice touches them. */
export function describeBuiltIns(fixture: Fixture): void {
  const replicaSet = (name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: fixture.namespace },
    spec: { replicas: 2, selector: { matchLabels: { app: 'x' } }, template: TEMPLATE, ...spec },
  });
  const service = (name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: fixture.namespace },
    spec: { selector: { app: 'x' }, ports: [{ port: 80 }], ...spec },
  });

  const path = (text: string): Readonly<Record<string, unknown>> => ({
    path: text,
    pathType: 'Prefix',
    backend: { service: { name: 'web', port: { number: 80 } } },
  });
  const ingress = (name: string, paths: readonly unknown[]): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: fixture.namespace },
    spec: paths.length === 0 ? {} : { rules: [{ http: { paths } }] },
  });

  describe('built-in kinds', () => {
    it('default a ReplicaSet and count its generation', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(REPLICA_SET, replicaSet('rs-new', { replicas: undefined }));
      assert.equal(at(made, 'spec.replicas'), 1);
      assert.equal(made.metadata.generation, 1);
      assert.equal(at(made, 'status.replicas'), 0);
      const container = listAt(made, 'spec.template.spec.containers')[0];
      assert.deepEqual(container, {
        name: 'app',
        image: 'app:1',
        imagePullPolicy: 'IfNotPresent',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      });
      const ref = { namespace, name: 'rs-new' };
      const annotated = await cluster.patch(REPLICA_SET, ref, { type: 'merge', body: { metadata: { annotations: { a: 'b' } } } });
      assert.equal(annotated.metadata.generation, 1);
      const scaled = await cluster.patch(REPLICA_SET, ref, { type: 'merge', body: { spec: { replicas: 3 } } });
      assert.equal(scaled.metadata.generation, 2);
      // A real controller may have counted pods by now: more available than ready ones are no status.
      const status = await cluster.patch(
        REPLICA_SET,
        ref,
        { type: 'merge', body: { status: { replicas: 3, readyReplicas: 1, availableReplicas: null } } },
        { subresource: 'status' },
      );
      assert.equal(status.metadata.generation, 2);
      assert.equal(at(status, 'status.readyReplicas'), 1);
    });

    it('apply a ReplicaSet again without a write', async () => {
      const { cluster } = fixture;
      const versions: unknown[] = [];
      // Where a controller runs, it writes the status of an empty ReplicaSet once, at any time; an apply that writes would change the version each time.
      for (let round = 0; round < 3; round += 1) {
        const made = await cluster.apply(REPLICA_SET, replicaSet('rs-again', { replicas: 0 }), { fieldManager: 'one' });
        versions.push(made.metadata.resourceVersion);
      }
      assert.ok(new Set(versions).size < versions.length, `versions: ${versions.join(', ')}`);
    });

    it('apply one container beside another manager', async () => {
      const { cluster, namespace } = fixture;
      await cluster.apply(REPLICA_SET, replicaSet('rs-share'), { fieldManager: 'one' });
      const side = { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } };
      const object = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'rs-share', namespace }, spec: side };
      const both = await cluster.apply(REPLICA_SET, object, { fieldManager: 'two' });
      const names = listAt(both, 'spec.template.spec.containers').map((container) => at(container, 'name'));
      assert.deepEqual(names, ['app', 'side']);
      const alone = await cluster.apply(REPLICA_SET, replicaSet('rs-share', { replicas: 3 }), { fieldManager: 'one' });
      assert.equal(listAt(alone, 'spec.template.spec.containers').length, 2);
    });

    it('refuse a ReplicaSet whose selector does not match or changes', async () => {
      const { cluster, namespace } = fixture;
      const mismatch = cluster.create(REPLICA_SET, replicaSet('rs-mismatch', { selector: { matchLabels: { app: 'y' } } }));
      const error = await refused(mismatch, 'spec_invalid', 422, 'Invalid');
      assert.match(
        causesOf(error)[0] ?? '',
        /^spec.template.metadata.labels: Invalid value: .*`selector` does not match template `labels`/u,
      );
      const empty = cluster.create(REPLICA_SET, replicaSet('rs-empty', { selector: {} }));
      await refused(empty, 'spec_invalid', 422, 'Invalid');
      await cluster.create(REPLICA_SET, replicaSet('rs-fixed'));
      const labels = { app: 'x', more: 'y' };
      const body = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
      const change = await refused(
        cluster.patch(REPLICA_SET, { namespace, name: 'rs-fixed' }, { type: 'merge', body }),
        'spec_invalid',
        422,
        'Invalid',
      );
      assert.match(causesOf(change)[0] ?? '', /^spec.selector: Invalid value: .*field is immutable/u);
    });

    it('take an amount of a resource as a text and as any number', async () => {
      const { cluster } = fixture;
      const resources = { requests: { cpu: 0.001, memory: '16Mi' }, limits: { cpu: 1, memory: 1e9 } };
      const containers = [{ name: 'a', image: 'a:1', resources }];
      const template = { metadata: { labels: { app: 'x' } }, spec: { containers } };
      const made = await cluster.apply(REPLICA_SET, replicaSet('rs-amounts', { template }), { fieldManager: 'one' });
      assert.equal(at(made, 'spec.template.spec.containers.0.resources.requests.memory'), '16Mi');
    });

    it('refuse an unknown field of a built-in kind when asked to be strict', async () => {
      const { cluster } = fixture;
      const applied = await refusedWith(
        cluster.apply(REPLICA_SET, replicaSet('rs-typo', { replicaz: 1 }), { fieldManager: 'one', fieldValidation: 'Strict' }),
        500,
      );
      assert.match(applied.message, /\.spec\.replicaz: field not declared in schema/u);
      const created = cluster.create(REPLICA_SET, replicaSet('rs-typo', { replicaz: 1 }), { fieldValidation: 'Strict' });
      const error = await refused(created, 'spec_invalid', 400, 'BadRequest');
      assert.match(error.message, /unknown field "spec.replicaz"/u);
    });

    it('replace the selector of a Service as a whole', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.apply(SERVICE, service('svc', { selector: { app: 'x', hash: '1' } }), { fieldManager: 'one' });
      assert.equal(at(made, 'spec.type'), 'ClusterIP');
      assert.equal(made.metadata.generation, undefined);
      assert.deepEqual(at(made, 'spec.ports'), [{ port: 80, protocol: 'TCP', targetPort: 80 }]);
      const object = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'svc', namespace },
        spec: { selector: { app: 'x', hash: '2' } },
      };
      const error = await refused(cluster.apply(SERVICE, object, { fieldManager: 'two' }), 'conflict', 409, 'Conflict');
      assert.deepEqual(causesOf(error), ['.spec.selector: conflict with "one"']);
      const taken = await cluster.apply(SERVICE, object, { fieldManager: 'two', force: true });
      assert.deepEqual(at(taken, 'spec.selector'), { app: 'x', hash: '2' });
      assert.deepEqual(at(taken, 'spec.ports'), [{ port: 80, protocol: 'TCP', targetPort: 80 }]);
    });

    it('refuse a Service without ports', async () => {
      const error = await refused(fixture.cluster.create(SERVICE, service('svc-bare', { ports: [] })), 'spec_invalid', 422, 'Invalid');
      assert.deepEqual(causesOf(error), ['spec.ports: Required value']);
    });

    it('hold an Ingress as it was sent, and count the changes of its spec only', async () => {
      const { cluster } = fixture;
      const made = await cluster.create(INGRESS, ingress('ing', [path('/')]));
      assert.deepEqual([made['spec'], made.metadata.generation], [{ rules: [{ http: { paths: [path('/')] } }] }, 1]);
      const annotated = await cluster.update(INGRESS, { ...made, metadata: { ...made.metadata, annotations: { weight: '20' } } });
      assert.equal(annotated.metadata.generation, 1);
      const moved = await cluster.update(INGRESS, { ...annotated, spec: { rules: [{ http: { paths: [path('/new')] } }] } });
      assert.equal(moved.metadata.generation, 2);
    });

    it('refuse an Ingress that leads nowhere', async () => {
      const { cluster } = fixture;
      const bare = await refused(cluster.create(INGRESS, ingress('ing-bare', [])), 'spec_invalid', 422, 'Invalid');
      assert.deepEqual(causesOf(bare), ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']);
      const portless = { ...path('shop'), backend: { service: { name: 'web' } } };
      const wrong = await refused(cluster.create(INGRESS, ingress('ing-wrong', [portless])), 'spec_invalid', 422, 'Invalid');
      assert.deepEqual(causesOf(wrong), [
        'spec.rules[0].http.paths[0].path: Invalid value: "shop": must be an absolute path',
        'spec.rules[0].http.paths[0].backend: Required value: port name or number is required',
      ]);
    });

    it('turn the text of a Secret into data', async () => {
      const { cluster, namespace } = fixture;
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret', namespace }, stringData: { word: 'open' } };
      const made = await cluster.create(SECRET, secret);
      assert.deepEqual(made['data'], { word: 'b3Blbg==' });
      assert.equal(made['type'], 'Opaque');
      assert.equal(made['stringData'], undefined);
    });

    it('refuse a Lease update without a version and hold the rest as sent', async () => {
      const { cluster, namespace } = fixture;
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'lease', namespace },
        spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 },
      };
      const made = await cluster.create(LEASE, lease);
      assert.deepEqual(made['spec'], lease.spec);
      await refused(cluster.update(LEASE, lease), 'spec_invalid', 422, 'Invalid');
      const renewed = await cluster.update(LEASE, { ...made, spec: { ...lease.spec, holderIdentity: 'b' } });
      assert.equal(at(renewed, 'spec.holderIdentity'), 'b');
    });

    it('take a wrong JSON type for a request that cannot be read', async () => {
      const { cluster, namespace } = fixture;
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'numbers', namespace }, data: { a: 1 } };
      await refused(cluster.create(CONFIG_MAP, map), 'spec_invalid', 400, 'BadRequest');
    });

    it('hold EndpointSlices', async () => {
      const { cluster, namespace } = fixture;
      const slice = {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'slice', namespace, labels: { 'kubernetes.io/service-name': 'svc' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
        ports: [{ name: '', port: 80, protocol: 'TCP' }],
      };
      const made = await cluster.create(ENDPOINT_SLICE, slice);
      assert.equal(made.metadata.generation, 1);
      assert.deepEqual(made['endpoints'], slice.endpoints);
    });
  });
}
