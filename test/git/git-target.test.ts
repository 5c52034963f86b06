import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Cached } from '../../src/api/cached.ts';
import type { GitTarget } from '../../src/api/git-target.ts';
import { GIT_TARGET } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { parseGitTarget } from '../../src/api/parse.ts';
import { createGitTargetReconciler } from '../../src/controllers/git-target/git-target-reconciler.ts';
import type { SecretData } from '../../src/controllers/restore/repository-credential.ts';
import type { Store } from '../../src/kube/store.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { SecretValue } from '../../src/ports/secret.ts';
import { createSimCluster, type SimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { crdsOf } from './support/crds.ts';
import { CONTROLLER, freshStore, steppedClock } from './support/restore-world.ts';

const TOKEN = 'canary-token-7d3e';

interface Status {
  readonly phase?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime: string }[];
  readonly restores?: readonly unknown[];
}

function statusOf(object: KubeObject): Status {
  const status: unknown = object['status'] ?? {};
  return status as Status;
}

describe('GitTarget', () => {
  let clock: ReturnType<typeof steppedClock>;
  let cluster: SimCluster;
  let as: Cluster;
  let secret: SecretData | undefined;
  let writes: number;
  beforeEach(() => {
    clock = steppedClock();
    cluster = createSimCluster({ clock, crds: crdsOf('gittargets') });
    as = cluster.as(CONTROLLER);
    secret = undefined;
    writes = 0;
    cluster.onWrite(() => {
      writes += 1;
    });
  });
  const live = (): KubeObject => cluster.snapshot(GIT_TARGET)[0]!;
  const status = (): Status => statusOf(live());
  const condition = (type: string): string | undefined => status().conditions?.find((one) => one.type === type)?.status;
  const create = (spec: Readonly<Record<string, unknown>> = {}): Promise<KubeObject> =>
    as.create(GIT_TARGET, {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'GitTarget',
      metadata: { name: 'shop' },
      spec: { url: 'https://git.example.com/shop', branch: 'main', paths: [{ prefix: 'apps/shop', namespaces: ['shop'] }], ...spec },
    });
  const reconcile = (store: Store<Cached<GitTarget>> = freshStore(cluster, GIT_TARGET, parseGitTarget)) =>
    createGitTargetReconciler({ cluster: as, clock, gitTargets: store, readSecret: async () => secret }).reconcile(
      'shop',
      new AbortController().signal,
    );

  it('is ready when its address, branch, paths and credential can be used, and says it once', async () => {
    secret = new Map([['password', new SecretValue(TOKEN)]]);
    await create({ secretRef: { name: 'token' } });
    const { requeueAt } = await reconcile();
    assert.deepEqual([condition('Ready'), condition('Stalled'), status().observedGeneration], ['True', undefined, 1]);
    assert.equal(requeueAt, clock.now() + 300_000, 'the Secret is looked at again');
    const before = writes;
    clock.advance(300_000);
    await reconcile();
    assert.equal(writes, before, 'nothing new, nothing written');
    assert.equal(JSON.stringify(live()).includes(TOKEN), false);
  });

  it('waits for a credential that is missing or has the wrong keys, and notices when it comes', async () => {
    await create({ secretRef: { name: 'token' } });
    await reconcile();
    assert.deepEqual(
      [status().phase, condition('Ready'), condition('Reconciling'), condition('Stalled')],
      ['CredentialMissing', 'False', 'True', undefined],
    );
    secret = new Map([['identity', new SecretValue('key')]]);
    await reconcile();
    assert.match(status().message ?? '', /needs the keys username and password/);
    secret = new Map([['password', new SecretValue(TOKEN)]]);
    await reconcile();
    assert.equal(condition('Ready'), 'True');
  });

  it('is stalled with field and remedy for what it cannot use, and for what it cannot do yet', async () => {
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, string, RegExp])[] = [
      [{ url: 'http://git.example.com/shop' }, 'InvalidSpec', /spec\.url: http is not allowed; use https or ssh/],
      [{ url: 'https://token@git.example.com/shop' }, 'InvalidSpec', /spec\.url: .*put them into the Secret/],
      [{ branch: 'refs/heads/main' }, 'InvalidSpec', /spec\.branch .*without refs\/heads/],
      [
        {
          paths: [
            { prefix: 'a', namespaces: ['x'] },
            { prefix: 'apps/.git/hooks', namespaces: ['x'] },
          ],
        },
        'InvalidSpec',
        /spec\.paths\[1\]\.prefix/,
      ],
      [{ mode: 'PullRequest' }, 'Unsupported', /spec\.mode/],
      [{ signing: { secretRef: { name: 'key' } } }, 'Unsupported', /spec\.signing/],
    ];
    for (const [spec, phase, message] of cases) {
      await create(spec);
      await reconcile();
      assert.deepEqual([status().phase, condition('Stalled'), condition('Ready')], [phase, 'True', 'False'], JSON.stringify(spec));
      assert.match(status().message ?? '', message);
      await as.remove(GIT_TARGET, { name: 'shop' });
    }
  });

  it('names every problem of one that cannot be parsed, keeps the record of its budget, and does not write in a loop', async () => {
    const created = await create();
    const restores = [{ rollout: 'shop/checkout', id: 'a', at: '2023-11-14T22:00:00Z' }];
    await as.update(GIT_TARGET, { ...created, status: { observedGeneration: 1, restores } }, { subresource: 'status' });
    const problems = [
      { path: 'spec.paths', message: 'is missing; name at least one' },
      { path: 'spec.url', message: 'is missing; name a repository' },
    ] as const;
    const store: Store<Cached<GitTarget>> = {
      ...freshStore(cluster, GIT_TARGET, parseGitTarget),
      get: () => ({ raw: live(), parsed: parseGitTarget({ ...live(), spec: { branch: 'main' } }) }),
    };
    await reconcile(store);
    assert.deepEqual([status().phase, condition('Stalled'), status().restores], ['InvalidSpec', 'True', restores]);
    for (const problem of problems) assert.match(status().message ?? '', new RegExp(problem.path.replace('.', '\\.')));
    const before = writes;
    for (let passes = 0; passes < 5; passes += 1) {
      clock.advance(1000);
      await reconcile(store);
    }
    assert.equal(writes, before);
  });
});
