import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { instant } from '../../src/api/time.ts';
import { runLint } from '../../src/cli/actions/lint.ts';
import { CliError } from '../../src/cli/cli-error.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { BAD_MANIFESTS, type BadManifest } from './bad-manifests.ts';
import { createRefusalStage, type RefusalStage, type Status } from './refusal-stage.ts';

const GOOD = (name: string, tag: string): string => `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: ${name}, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: app, image: 'app:${tag}'}]}}
  strategy: {canary: {steps: [{setWeight: 50}]}}
`;

const SERVICE_OF = (name: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: shop}\nspec: {selector: {app: bad}, ports: [{port: 80}]}\n`;

const CONFIG = (name: string, namespace = 'shop'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {key: value}\n`;

const stalled = (status: Status): boolean => status.conditions?.some((one) => one.type === 'Stalled' && one.status === 'True') === true;

function objectOf({ manifest }: BadManifest): { readonly kind: string; readonly metadata: { readonly name: string } } {
  return parse(manifest) as { kind: string; metadata: { name: string } };
}

/** Runs `kubectl sluice lint` on one file; answers the exit code and what it printed. */
async function lint(text: string): Promise<{ readonly code: number; readonly out: string }> {
  const printed: string[] = [];
  const context = { out: (chunk: string) => void printed.push(chunk), readInput: async () => text };
  try {
    await runLint(context, ['bad.yaml']);
    return { code: 0, out: printed.join('') };
  } catch (error) {
    assert.ok(error instanceof CliError, String(error));
    return { code: error.exitCode, out: printed.join('') };
  }
}

describe('a bad manifest', () => {
  let stage: RefusalStage;
  let stableVersion: string | undefined;

  before(async () => {
    stage = createRefusalStage();
    await stage.apply(
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n',
    );
    await stage.apply(`${SERVICE_OF('s')}---\n${SERVICE_OF('c')}---\n${GOOD('neighbour', '1')}`);
    await stage.until('Rollout', 'neighbour', (status) => status.phase === 'Healthy');
    stableVersion = stage.find('Rollout', 'neighbour')?.metadata.resourceVersion;
  });
  after(() => stage.end());

  for (const row of BAD_MANIFESTS) {
    if (row.lintSilent === true) {
      it(`with ${row.what} is only a warning of lint, which does not see the cluster`, async () => {
        const { code, out } = await lint(row.manifest);
        assert.equal(code, 0, out);
        assert.ok(out.includes(`warning: ${row.field} `), out);
      });
    } else {
      it(`with ${row.what} is refused by lint with field and remedy`, async () => {
        const { code, out } = await lint(row.manifest);
        assert.equal(code, 1, out);
        const line = out.split('\n').find((one) => one.includes(` ${row.field}:`) || one.includes(` ${row.field} (`));
        assert.ok(line !== undefined, `${row.field} is not named:\n${out}`);
        assert.match(line, /^bad\.yaml:\d+: /u);
        assert.match(line, row.remedy);
        assert.doesNotMatch(out, /hunter2/u);
      });
    }

    if (row.side === 'condition') {
      it(`with ${row.what} is stored, and its condition names field and remedy`, async () => {
        const { kind, metadata } = objectOf(row);
        await stage.apply(row.manifest);
        try {
          const status = await stage.until(kind, metadata.name, stalled);
          const condition = status.conditions?.find((one) => one.type === 'Stalled');
          assert.equal(condition?.reason, row.reason);
          assert.ok(condition?.message.includes(row.field), condition?.message);
          assert.match(condition?.message ?? '', row.remedy);
          assert.deepEqual(
            status.conditions?.filter((one) => one.type === 'Ready').map((one) => one.status),
            ['False'],
          );
          assert.equal(status.observedGeneration, stage.find(kind, metadata.name)?.metadata.generation);
        } finally {
          await removed(stage, row);
        }
      });
    } else {
      it(`with ${row.what} is refused by the API server (${row.side}) and not stored`, async () => {
        const { kind, metadata } = objectOf(row);
        await assert.rejects(stage.apply(row.manifest), (error) => {
          assert.ok(isSluiceError(error, 'spec_invalid'), String(error));
          const field = row.side === 'kubectl' ? (row.field.split('.').at(-1) ?? '') : row.field;
          assert.ok(error.message.includes(field), error.message);
          if (row.side === 'kubectl') assert.match(error.message, /field not declared in schema|unknown field/u);
          return true;
        });
        assert.equal(stage.find(kind, metadata.name), undefined);
      });
    }
  }

  it('leaves the neighbour as it was, and the neighbour goes on working', async () => {
    assert.equal(stage.find('Rollout', 'neighbour')?.metadata.resourceVersion, stableVersion);
    await stage.apply(GOOD('neighbour', '2'));
    await stage.until('Rollout', 'neighbour', (status) => status.phase === 'Healthy' && status.observedGeneration === 2);
  });

  it('does not disturb what already serves under its own name', async () => {
    await stage.apply(GOOD('bad', '1'));
    await stage.until('Rollout', 'bad', (status) => status.phase === 'Healthy');
    const before = stage.sim.snapshot(REPLICA_SET).filter((set) => set.metadata.name.startsWith('bad-'));
    await stage.apply(GOOD('bad', '2').replace('{setWeight: 50}', '{gate: {}}'));
    await stage.until('Rollout', 'bad', stalled);
    const sets = stage.sim.snapshot(REPLICA_SET).filter((set) => set.metadata.name.startsWith('bad-'));
    assert.equal(sets.length, 1);
    assert.deepEqual(sets, before);
  });
});

async function removed(stage: RefusalStage, row: BadManifest): Promise<void> {
  const { kind, metadata } = objectOf(row);
  await stage.remove(kind, metadata.name);
}

describe('bad manifests in Git', () => {
  const FORBIDDEN = {
    'shop/secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData: {a: b}\n',
    'shop/foreign.yaml': CONFIG('foreign', 'other'),
    'shop/twice.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice, namespace: shop}\ndata:\n  key: a\n  key: b\n',
    'shop/bomb.yaml': bomb(),
  };

  it('are all listed in the status of the GitSync with file and line, while everything else is applied', async () => {
    const stage = createRefusalStage();
    try {
      await stage.apply(
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n',
      );
      const refused = BAD_MANIFESTS.filter((row) => row.side !== 'condition' && objectOf(row).kind !== 'GitTarget');
      const files = Object.fromEntries(
        refused.map((row, index) => [`shop/bad-${index}.yaml`, row.manifest.replace('name: bad,', `name: bad-${index},`)]),
      );
      stage.remote.commit(
        'main',
        { ...files, ...FORBIDDEN, 'shop/good.yaml': CONFIG('good'), 'shop/rollout.yaml': GOOD('fine', '1') },
        'all at once',
        instant(Date.UTC(2026, 0, 1)),
      );
      await stage.apply(
        `apiVersion: sluice.dev/v1alpha1\nkind: GitSync\nmetadata: {name: shop, namespace: shop}\nspec: {url: '${stage.url}', branch: main, path: shop, interval: 10s, serviceAccountName: deployer}\n`,
      );
      const status = await stage.until(
        'GitSync',
        'shop',
        (now) => now.conditions?.some((one) => one.type === 'Ready' && one.status === 'False') === true,
      );
      const message = status.conditions?.find((one) => one.type === 'Ready')?.message ?? '';
      const lineOf = (file: string): string => message.split('\n').find((line) => line.startsWith(`${file}:`)) ?? '';
      for (const [index, row] of refused.entries()) {
        const line = lineOf(`shop/bad-${index}.yaml`);
        assert.match(line, /shop\/bad-\d+\.yaml:1\b/u, `${row.what} is not in\n${message}`);
        assert.ok(line.includes(row.side === 'kubectl' ? (row.field.split('.').at(-1) ?? '') : row.field), line);
      }
      assert.match(
        lineOf('shop/secret.yaml'),
        /^shop\/secret\.yaml:1: Secret s: secrets is forbidden: User "system:serviceaccount:shop:deployer"/u,
      );
      assert.match(lineOf('shop/foreign.yaml'), /foreign\.yaml:1.*other/u);
      assert.match(lineOf('shop/twice.yaml'), /^shop\/twice\.yaml:6: Map keys must be unique$/u);
      assert.match(lineOf('shop/bomb.yaml'), /bomb\.yaml: .*alias/iu);
      assert.ok(stage.find('ConfigMap', 'good') !== undefined);
      assert.equal(stage.find('ConfigMap', 'foreign'), undefined);
      await stage.until('Rollout', 'fine', (now) => now.phase === 'Healthy');
      assert.equal(
        stage.sim.snapshot(ROLLOUT).some((one) => one.metadata.name.startsWith('bad')),
        false,
      );
    } finally {
      await stage.end();
    }
  });
});

/** The billion laughs: nine levels of nine aliases. */
function bomb(): string {
  const levels = 'abcdefghi'.split('');
  const lines = levels.map((name, index) => {
    const inner = index === 0 ? Array.from({ length: 9 }, () => 'lol') : Array.from({ length: 9 }, () => `*${levels[index - 1]}`);
    return `  ${name}: &${name} [${inner.join(', ')}]`;
  });
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb, namespace: shop}\ndata:\n${lines.join('\n')}\n`;
}
