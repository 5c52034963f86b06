import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { recordAt } from '../../src/cli/model/fields.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import { runTool } from '../support/kubectl.ts';
import { boundRoles, grantsOf, rulesOf } from './rbac-grants.ts';
import { createRbacStage, served } from './rbac-stage.ts';
import { CHART, helmTemplate, ofKind, oneOf, RELEASE, render } from './render.ts';
import { restrictedProblems } from './restricted-profile.ts';
import { DECIDED_BY_THE_CHART, valuesSchemaText } from './values-schema.ts';

/** Values as people set them, by what they are for. */
const VALUE_SETS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'the defaults': {},
  'named namespaces': { settings: { namespaces: ['shop', 'find'] } },
  'an instance': { settings: { instance: 'blue' } },
  'every setting': {
    settings: {
      namespaces: ['shop'],
      instance: 'blue',
      logLevel: 'debug',
      logFormat: 'text',
      workers: 64,
      resyncInterval: '1h',
      leaseDuration: '30s',
      renewDeadline: '20s',
      retryPeriod: '5s',
    },
  },
  'Secrets that follow': { settings: { secretNamespaces: ['shop'] } },
  'no GitSync': { gitSync: { enabled: false } },
  'named Secrets': { secrets: ['shop-git', 'prometheus'] },
  'one replica': { replicas: 1 },
  'a guarded network': {
    networkPolicy: {
      enabled: true,
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      egress: [{ ports: [{ port: 443 }] }],
    },
  },
  'a cluster with its own rules': {
    imagePullSecrets: [{ name: 'registry' }],
    serviceAccount: { name: 'delivery', annotations: { 'example.com/role': 'sluice' } },
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'infra', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
    podAnnotations: { a: 'b' },
    podLabels: { team: 'platform' },
    metrics: { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
    rbac: { aggregate: false },
    crds: { install: false },
  },
};

const podSchema = z.looseObject({
  serviceAccountName: z.string(),
  containers: z.tuple([
    z.looseObject({
      args: z.array(z.string()),
      image: z.string(),
      ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
      volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
      livenessProbe: z.looseObject({ httpGet: z.object({ path: z.literal('/healthz'), port: z.string() }) }),
      readinessProbe: z.looseObject({ httpGet: z.object({ path: z.literal('/readyz'), port: z.string() }) }),
    }),
  ]),
  volumes: z.array(z.looseObject({ name: z.string() })),
  topologySpreadConstraints: z.array(z.looseObject({ topologyKey: z.string() })),
});
const deploymentSchema = z.object({
  replicas: z.number(),
  selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
  template: z.object({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }), spec: podSchema }),
});

function secretNamespacesOf(values: Readonly<Record<string, unknown>>): readonly unknown[] {
  return z.looseObject({ secretNamespaces: z.array(z.unknown()).default([]) }).parse(values['settings'] ?? {}).secretNamespaces;
}

function deploymentOf(objects: readonly KubeObject[]) {
  return deploymentSchema.parse(recordAt(oneOf(objects, 'Deployment'), 'spec'));
}

function selects(selector: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value);
}

describe('helm', () => {
  it('lints the chart strictly', async () => {
    const { code, stdout, stderr } = await runTool('helm', ['lint', '--strict', CHART]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
  });

  it('packages the chart with the definitions themselves, not with a link, and the package renders the same', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-chart-'));
    try {
      const packed = await runTool('helm', ['package', CHART, '--destination', directory]);
      assert.equal(packed.code, 0, packed.stderr);
      const [file] = readdirSync(directory);
      const args = (chart: string): readonly string[] => ['template', RELEASE.name, chart, '--namespace', RELEASE.namespace];
      const rendered = await runTool('helm', args(join(directory, file ?? '')));
      assert.equal(rendered.code, 0, rendered.stderr);
      assert.equal(rendered.stdout, (await runTool('helm', args(CHART))).stdout);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('refuses unknown and wrong values, and names the field', async () => {
    const wrong: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [{ replica: 3 }, /additional properties 'replica' not allowed/],
      [{ replicas: 0 }, /'\/replicas': minimum: got 0, want 1/],
      [{ settings: { wokers: 2 } }, /'\/settings': additional properties 'wokers' not allowed/],
      [{ settings: { workers: 1000 } }, /'\/settings\/workers'/],
      [{ settings: { logLevel: 'loud' } }, /'\/settings\/logLevel'.*'debug', 'info', 'warn', 'error'/],
      [{ settings: { namespaces: ['Shop'] } }, /'\/settings\/namespaces\/0'/],
      [{ settings: { ownNamespace: 'x' } }, /'\/settings': additional properties 'ownNamespace'/],
      [{ gitSync: { serviceAccounts: [] } }, /'\/gitSync\/serviceAccounts'/],
      [{ gitSync: { serviceAccounts: ['*'] } }, /'\/gitSync\/serviceAccounts\/0'/],
      [{ secrets: 'shop-git' }, /'\/secrets'/],
      [{ image: { repo: 'x' } }, /'\/image': additional properties 'repo'/],
      [{ resources: { limits: { memory: 'lots' } } }, /'\/resources\/limits\/memory'/],
    ];
    for (const [values, message] of wrong) {
      const { code, stderr } = await helmTemplate(values);
      assert.notEqual(code, 0, JSON.stringify(values));
      assert.match(stderr, message);
    }
  });

  it('prints the next three commands after the installation', async () => {
    const directory = join(CHART, 'templates', 'NOTES.txt');
    const notes = readFileSync(directory, 'utf8');
    assert.deepEqual(
      Array.from(notes.matchAll(/^(\d)\. /gm), (match) => match[1]),
      ['1', '2', '3'],
    );
    const dry = await runTool(
      'helm',
      ['install', RELEASE.name, CHART, '--namespace', RELEASE.namespace, '--dry-run=client', '--set', 'crds.install=false'],
      {
        env: { KUBECONFIG: join(CHART, 'no-such-file') },
      },
    );
    assert.match(dry.stdout, /kubectl -n sluice-system rollout status deployment\/sluice\n/, dry.stderr);
    assert.match(dry.stdout, /The controller can read no Secret/);
  });
});

describe('values.schema.json', () => {
  it('is what the settings of the controller make it (UPDATE_GOLDEN=1 writes it)', () => {
    const file = join(CHART, 'values.schema.json');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, valuesSchemaText());
    assert.equal(readFileSync(file, 'utf8'), valuesSchemaText(), 'the settings have changed: run this test once with UPDATE_GOLDEN=1');
  });
});

for (const [name, values] of Object.entries(VALUE_SETS)) {
  describe(`the chart with ${name}`, () => {
    let objects: readonly KubeObject[];
    before(async () => {
      objects = await render(values);
    });

    it('has objects that a strict API server takes', async () => {
      const stage = createRbacStage();
      for (const namespace of [RELEASE.namespace, 'shop', 'find'])
        await stage.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}}}`);
      await stage.apply(served(objects));
      await stage.end();
      const unserved = objects.filter((object) => !served([object]).includes(object)).map((object) => object.kind);
      assert.deepEqual(
        unserved.filter((kind) => !['CustomResourceDefinition', 'PodDisruptionBudget', 'NetworkPolicy', 'ServiceMonitor'].includes(kind)),
        [],
      );
    });

    it('runs pods that the restricted Pod Security Standard admits, with a read-only root', () => {
      const { spec } = deploymentOf(objects).template;
      assert.deepEqual(restrictedProblems(spec), []);
      const [container] = spec.containers;
      assert.equal(recordAt(container, 'securityContext')['readOnlyRootFilesystem'], true);
      assert.deepEqual(container.volumeMounts.map((mount) => mount.name).toSorted(), spec.volumes.map((volume) => volume.name).toSorted());
    });

    it('passes only settings that the controller takes, and its ports are those of the probes', () => {
      const [container] = deploymentOf(objects).template.spec.containers;
      const [command, ...flags] = container.args;
      assert.equal(command, 'controller');
      const result = loadSettings({ flags, environment: {} });
      assert.ok(result.ok, JSON.stringify(result));
      const given = z.record(z.string(), z.unknown()).parse(values['settings'] ?? {});
      for (const [setting, value] of Object.entries(given)) assert.deepEqual(Object(result.value)[setting], value, setting);
      assert.equal(result.value.ownNamespace, RELEASE.namespace);
      assert.deepEqual(container.ports, [
        { name: 'metrics', containerPort: Number(result.value.metricsAddress.split(':')[1]) },
        { name: 'health', containerPort: Number(result.value.healthAddress.split(':')[1]) },
      ]);
      assert.ok(container.volumeMounts.some((mount) => result.value.gitCacheDir.startsWith(`${mount.mountPath}/`)));
      const { sizeLimit } = z.looseObject({ sizeLimit: z.string() }).parse(values['gitCache'] ?? { sizeLimit: '2Gi' });
      assert.equal(result.value.gitCacheSize, sizeLimit);
      assert.equal(container.livenessProbe.httpGet.port, 'health');
    });

    it('selects its own pods everywhere', () => {
      const deployment = deploymentOf(objects);
      const { labels } = deployment.template.metadata;
      assert.ok(selects(deployment.selector.matchLabels, labels));
      for (const service of ofKind(objects, 'Service')) assert.ok(selects(recordAt(service, 'spec', 'selector'), labels));
      for (const policy of ofKind(objects, 'NetworkPolicy'))
        assert.ok(selects(recordAt(policy, 'spec', 'podSelector', 'matchLabels'), labels));
      const budgets = ofKind(objects, 'PodDisruptionBudget');
      assert.equal(budgets.length, deployment.replicas > 1 ? 1 : 0);
      for (const budget of budgets) assert.ok(selects(recordAt(budget, 'spec', 'selector', 'matchLabels'), labels));
      for (const monitor of ofKind(objects, 'ServiceMonitor')) {
        const metrics = oneOf(objects, 'Service').metadata.labels ?? {};
        assert.ok(selects(recordAt(monitor, 'spec', 'selector', 'matchLabels'), metrics));
      }
    });

    it('gives the controller no wildcard, no escalation and no Secret by anything but its name', () => {
      const account = { namespace: RELEASE.namespace, name: deploymentOf(objects).template.spec.serviceAccountName };
      assert.equal(oneOf(objects, 'ServiceAccount').metadata.name, account.name);
      const roles = boundRoles(objects, account);
      assert.ok(grantsOf(roles).size > 30);
      for (const role of [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')]) {
        for (const rule of rulesOf(role)) {
          const where = `${role.kind} ${role.metadata.name}: ${JSON.stringify(rule)}`;
          assert.ok(![...rule.apiGroups, ...rule.resources, ...rule.verbs].some((word) => word.includes('*')), where);
          assert.ok(!rule.verbs.some((verb) => ['escalate', 'bind'].includes(verb)), where);
          assert.ok(
            !rule.verbs.includes('impersonate') || (rule.resources.join() === 'serviceaccounts' && rule.resourceNames !== undefined),
            where,
          );
          if (!rule.resources.includes('secrets')) continue;
          assert.equal(role.kind, 'Role', where);
          if (role.metadata.name.endsWith('-secrets')) {
            assert.ok(secretNamespacesOf(values).includes(role.metadata.namespace ?? ''), where);
            assert.deepEqual(rule.resources, ['secrets'], where);
          } else {
            assert.equal(role.metadata.namespace, RELEASE.namespace, where);
            assert.deepEqual([rule.verbs, rule.resourceNames], [['get'], values['secrets']], where);
          }
        }
      }
    });
  });
}

describe('the chart', () => {
  it('makes Roles in the named namespaces only, and keeps the ClusterRole to cluster-wide kinds', async () => {
    const objects = await render({ settings: { namespaces: ['shop', 'find'] } });
    const roles = ofKind(objects, 'Role').map((role) => `${role.metadata.namespace}/${role.metadata.name}`);
    assert.deepEqual(roles, ['shop/sluice-system-sluice', 'find/sluice-system-sluice', 'sluice-system/sluice-own']);
    const [clusterRole] = boundRoles(objects, RELEASE).filter((role) => role.kind === 'ClusterRole');
    assert.ok(clusterRole);
    const resources = new Set(rulesOf(clusterRole).flatMap((rule) => rule.resources.map((resource) => resource.split('/')[0] ?? '')));
    assert.deepEqual([...resources].toSorted(), ['clusteranalysistemplates', 'gittargets', 'metricproviders']);
    const everywhere = ofKind(await render(), 'Role').map((role) => role.metadata.name);
    assert.deepEqual(everywhere, ['sluice-own']);
  });

  it('installs every definition, keeps it on uninstall, and leaves it out when told', async () => {
    const crds = ofKind(await render(), 'CustomResourceDefinition');
    assert.deepEqual(
      crds.map((crd) => crd.metadata.name).toSorted(),
      ownCrds()
        .map((crd) => crd.metadata.name)
        .toSorted(),
    );
    for (const crd of crds) {
      assert.equal(crd.metadata.annotations?.['helm.sh/resource-policy'], 'keep');
      const own = ownCrds().find((one) => one.metadata.name === crd.metadata.name);
      assert.deepEqual(crd['spec'], JSON.parse(JSON.stringify(own?.['spec'])));
    }
    assert.deepEqual(ofKind(await render({ crds: { install: false } }), 'CustomResourceDefinition'), []);
  });

  it('spreads its replicas over nodes and zones unless told otherwise', async () => {
    const keys = async (values: Readonly<Record<string, unknown>>) =>
      deploymentOf(await render(values)).template.spec.topologySpreadConstraints.map((constraint) => constraint.topologyKey);
    assert.deepEqual(await keys({}), ['kubernetes.io/hostname', 'topology.kubernetes.io/zone']);
    assert.deepEqual(await keys(VALUE_SETS['a cluster with its own rules'] ?? {}), ['rack']);
  });

  it('lets in only metrics and health with a NetworkPolicy, and out only what is named and DNS', async () => {
    const policy = recordAt(oneOf(await render(VALUE_SETS['a guarded network']), 'NetworkPolicy'), 'spec');
    assert.deepEqual(policy['policyTypes'], ['Ingress', 'Egress']);
    assert.deepEqual(policy['egress'], [
      {
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
      { ports: [{ port: 443 }] },
    ]);
    const [metrics, health] = z
      .array(z.looseObject({ ports: z.array(z.looseObject({ port: z.string() })), from: z.array(z.unknown()).optional() }))
      .parse(policy['ingress']);
    assert.deepEqual([metrics?.ports[0]?.port, metrics?.from?.length, health?.ports[0]?.port], ['metrics', 1, 'health']);
  });

  it('gives people the kinds of Sluice through view and edit, and only them', async () => {
    const bound = boundRoles(await render(), RELEASE).map((role) => role.metadata.name);
    for (const role of ofKind(await render(), 'ClusterRole').filter((one) => !bound.includes(one.metadata.name))) {
      assert.match(role.metadata.name, /-(view|edit)$/);
      assert.deepEqual([...new Set(rulesOf(role).flatMap((rule) => rule.apiGroups))], ['sluice.dev']);
    }
  });

  it('leaves to its own decision only what hangs on its volumes, ports and roles', () => {
    assert.deepEqual([...DECIDED_BY_THE_CHART].toSorted(), [
      'gitCacheDir',
      'gitCacheSize',
      'healthAddress',
      'leaderElection',
      'metricsAddress',
      'ownNamespace',
    ]);
  });
});

describe('the check of pods against the restricted profile', () => {
  const good = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'a', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
  };
  it('finds every way out', () => {
    assert.deepEqual(restrictedProblems(good), []);
    assert.deepEqual(restrictedProblems({ containers: [{ name: 'a' }] }), [
      'a: allowPrivilegeEscalation is not false',
      'a: runAsNonRoot is not true',
      'a: seccompProfile is not RuntimeDefault',
      'a: capabilities.drop lacks ALL',
    ]);
    assert.deepEqual(restrictedProblems({ ...good, hostNetwork: true, volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] }), [
      'hostNetwork',
      'volume etc',
    ]);
  });
});
