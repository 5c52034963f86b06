import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { recordAt } from '../../src/cli/model/fields.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { FakeCluster } from './fake-cluster.ts';
import { analysisRun, brokenPod, CANARY, midway, POD, replicaSet, restored, shop } from './fixtures.ts';
import { assertGolden } from './golden-file.ts';
import { type RunOptions, run } from './harness.ts';

const ESCAPE = '\u001b';

describe('get rollout', () => {
  it('shows a release in the middle of its steps', async () => {
    const result = await run('get rollout checkout', { cluster: shop() });
    assert.equal(result.code, 0);
    assert.equal(result.err, '');
    assertGolden('get-midway', result.out);
  });

  it('shows a breached revision with its restore commit and the pod that cannot start', async () => {
    const cluster = shop(midway(restored()), analysisRun('Failed', '0.71', 'metric success-rate failed'));
    cluster.put(POD, brokenPod('CrashLoopBackOff'));
    assertGolden('get-restored', (await run('get ro/checkout', { cluster })).out);
  });

  it('shows all pods and old revisions with -o wide', async () => {
    const cluster = shop();
    for (let ordinal = 1; ordinal <= 5; ordinal += 1)
      cluster.put(REPLICA_SET, replicaSet(`0ld000000${ordinal}`, ordinal, 0, 0, `1.3.${ordinal}`));
    const narrow = await run('get rollout checkout', { cluster });
    assert.match(narrow.out, /3 older revisions without pods \(-o wide shows them\)/);
    assert.doesNotMatch(narrow.out, /0ld0000001/);
    const wide = await run('get rollout checkout -o wide', { cluster });
    assert.match(wide.out, /revision 1\n.*checkout-0ld0000001/);
  });

  it('says what is awaited and what can be done in every kind of pause', async () => {
    const pause = (reason: string) => ({
      phase: 'Paused',
      currentStepIndex: 1,
      pauseConditions: [{ reason, startTime: '2026-11-23T11:58:00Z' }],
    });
    const cases: readonly (readonly [Record<string, unknown>, RegExp, RegExp])[] = [
      [
        pause('CanaryPauseStep'),
        /Waiting for: the pause to end in 3m, since 2m; ends by itself, or when somebody promotes or resumes\n/,
        /go on now: kubectl sluice promote checkout -n shop/,
      ],
      [
        pause('UserRequest'),
        /Waiting for: a person, who paused it, since 2m; ends when somebody resumes\n/,
        /go on: kubectl sluice resume checkout -n shop/,
      ],
      [pause('InconclusiveAnalysisRun'), /no verdict, and Unknown never acts/, /measure again: kubectl sluice resume checkout -n shop/],
    ];
    for (const [status, waiting, can] of cases) {
      const { out } = await run('get rollout checkout', { cluster: shop(midway(status)) });
      assert.match(out, waiting);
      assert.match(out, can);
    }
  });

  it('says that a pause without a duration waits for a person', async () => {
    const rollout = midway(
      { phase: 'Paused', currentStepIndex: 0, pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-11-23T11:58:00Z' }] },
      { strategy: { canary: { steps: [{ pause: {} }] } } },
    );
    assert.match(
      (await run('get rollout checkout', { cluster: shop(rollout) })).out,
      /Waiting for: a person: this pause has no end of its own/,
    );
  });

  it('names the reason of a stalled rollout', async () => {
    const stalled = {
      type: 'Stalled',
      status: 'True',
      reason: 'InvalidSpec',
      message: 'spec.strategy: two strategies',
      lastTransitionTime: '2026-11-23T11:58:00Z',
    };
    const { out } = await run('get rollout checkout', { cluster: shop(midway({ phase: 'Degraded', conditions: [stalled] })) });
    assert.match(out, /Waiting for: a person: InvalidSpec: spec.strategy: two strategies/);
  });

  it('does not trust a status of an older generation', async () => {
    const { out } = await run('get rollout checkout', { cluster: shop(midway({ observedGeneration: 7, phase: 'Healthy' })) });
    assert.match(out, /Status: +◌ Progressing\n/);
    assert.match(out, /Waiting for: the controller to look at generation 8/);
  });

  it('shows what it can of a status from another version', async () => {
    const { out, code } = await run('get rollout checkout', {
      cluster: shop(midway({ rollback: { state: 'Teleported' }, gates: 'many' })),
    });
    assert.equal(code, 0);
    assert.match(out, /Weight: +25 desired, 25 actual, verified/);
    assert.doesNotMatch(out, /Restore commit/);
  });

  it('leaves pods out when the person may not list them', async () => {
    const cluster = shop();
    cluster.forbidden.add('pods');
    assert.equal((await run('get rollout checkout', { cluster })).code, 0);
  });

  it('strips escape, direction and control characters out of everything that the cluster says', async () => {
    const evil = `ok${ESCAPE}[2J${ESCAPE}]0;owned\u0007\u202eabc\u009b31m\r\nerror: fake`;
    const rollout = midway({
      ...restored(),
      message: evil,
      rollback: { ...recordAt(restored(), 'rollback'), cause: evil, message: evil, files: [evil], branch: evil },
    });
    const { out } = await run('get rollout checkout', { cluster: shop(rollout, analysisRun('Failed', evil, evil)), terminal: false });
    assert.doesNotMatch(out, /[^\P{Cc}\n]|\p{Cf}/u);
    assert.match(out, /Message: +okabc ; error: fake\n/);
    assert.doesNotMatch(out, /owned/);
  });

  it('escapes them in JSON and YAML without losing them', async () => {
    const evil = `a${ESCAPE}[31m\u202e\u009bz`;
    const cluster = shop(midway({ message: evil }));
    const json = await run('get rollout checkout -o json', { cluster });
    assert.doesNotMatch(json.out, /[^\P{Cc}\n]|\p{Cf}/u);
    assert.equal(JSON.parse(json.out).status.message, evil);
    const yaml = await run('get rollout checkout -o=yaml', { cluster });
    assert.doesNotMatch(yaml.out, /[^\P{Cc}\n]|\p{Cf}/u);
    assert.equal(parse(yaml.out).status.message, evil);
  });

  it('prints the kubectl name with -o name', async () => {
    assert.equal((await run('get rollout checkout -o name', { cluster: shop() })).out, 'rollout.sluice.dev/checkout\n');
  });

  it('colours only on a terminal, and never with NO_COLOR, TERM=dumb or --no-color', async () => {
    const coloured = async (words: string, terminal: boolean, env: Record<string, string> = {}) =>
      (await run(words, { cluster: shop(), terminal, env })).out.includes(`${ESCAPE}[`);
    assert.equal(await coloured('get rollout checkout', true), true);
    assert.equal(await coloured('get rollout checkout', false), false);
    assert.equal(await coloured('get rollout checkout', true, { NO_COLOR: '1' }), false);
    assert.equal(await coloured('get rollout checkout', true, { NO_COLOR: '' }), true);
    assert.equal(await coloured('get rollout checkout', true, { TERM: 'dumb' }), false);
    assert.equal(await coloured('get rollout checkout --no-color', true), false);
  });

  it('follows changes line by line when the output is no terminal', async () => {
    const cluster = shop();
    const result = await run('get rollout checkout -w', {
      cluster,
      meanwhile: (clock, interrupt) => {
        clock.startTimer(millis(60_000), () => cluster.put(ROLLOUT, midway({ currentStepIndex: 4, message: 'step 5 of 6' })));
        clock.startTimer(millis(120_000), interrupt);
      },
    });
    assert.equal(result.code, 0);
    assert.equal(cluster.watching, 0);
    const [, changes = ''] = result.out.split('abort checkout -n shop\n');
    assert.match(changes, /^Message: +step 5 of 6\n/);
    assert.doesNotMatch(changes, /Namespace/);
  });

  it('draws over itself on a terminal', async () => {
    const result = await run('get rollout checkout -w', {
      cluster: shop(),
      terminal: true,
      meanwhile: (clock, interrupt) => clock.startTimer(millis(5000), interrupt),
    });
    assert.ok(result.out.startsWith(`${ESCAPE}[2J${ESCAPE}[H`));
    assert.equal(result.code, 0);
  });
});

describe('watching', () => {
  it('lets the countdown of a pause go on, on a terminal', async () => {
    const pauseConditions = [{ reason: 'CanaryPauseStep', startTime: '2026-11-23T12:00:00Z' }];
    const result = await run('get rollout checkout -w', {
      cluster: shop(midway({ phase: 'Paused', currentStepIndex: 1, pauseConditions })),
      terminal: true,
      env: { NO_COLOR: '1' },
      meanwhile: (clock, interrupt) => clock.startTimer(millis(65_500), interrupt),
    });
    assert.match(result.out, /the pause to end in 5m, since 0s; ends by itself/u);
    assert.match(result.out, /the pause to end in 3m55s, since 65s; ends by itself/u);
  });

  it('ends with the reason when a watch is forbidden, and with 1 when the rollout goes away', async () => {
    const forbidding = shop();
    const watch = forbidding.watch.bind(forbidding);
    forbidding.watch = (kind, options) => {
      if (kind.plural === 'analysisruns')
        throw new SluiceError('forbidden', 'you may not watch analysisruns', { details: { status: 403 } });
      return watch(kind, options);
    };
    const refused = await run('get rollout checkout -w', { cluster: forbidding });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^error: you may not watch analysisruns; ask for the right/);
    assert.equal(forbidding.watching, 0);

    const cluster = shop();
    const meanwhile = (clock: Clock) => {
      clock.startTimer(millis(5000), () => cluster.drop(ROLLOUT, { namespace: 'shop', name: 'checkout' }));
    };
    const gone = await run('get rollout checkout -w', { cluster, meanwhile });
    assert.equal(gone.code, 1);
    assert.match(gone.err, /^error: rollout "checkout" not found/);
    assert.equal(cluster.watching, 0);
  });
});

describe('get analysisrun and list', () => {
  it('shows one run with the last value of each metric', async () => {
    assertGolden('get-analysisrun', (await run(`get analysisrun checkout-${CANARY}-8-4-step`, { cluster: shop() })).out);
  });

  it('lists rollouts, with their namespaces under -A', async () => {
    const cluster = shop();
    cluster.put(ROLLOUT, {
      ...midway({ phase: 'Healthy', currentStepIndex: 6 }),
      metadata: { name: 'search', namespace: 'find', uid: 'x', generation: 8 },
    });
    const own = await run('list rollouts', { cluster });
    assert.doesNotMatch(own.out, /search/);
    assertGolden('list-all', (await run('list ro -A -o wide', { cluster })).out);
  });

  it('lists by label what the API server selects, also while it watches', async () => {
    const cluster = shop();
    const labelled = { name: 'search', namespace: 'shop', uid: 'x', generation: 8, labels: { team: 'find' } };
    cluster.put(ROLLOUT, { ...midway(), metadata: labelled });
    for (const words of ['list rollouts -l team=find', 'get ro --selector=team', 'get ro -l=team!=shop,team'])
      assert.equal((await run(`${words} -o name`, { cluster })).out, 'rollout.sluice.dev/search\n', words);
    const none = await run('list ar -l team=find', { cluster });
    assert.deepEqual([none.out, none.err], ['', 'no analysisruns in namespace "shop" with the labels team=find\n']);

    const asked: (string | undefined)[] = [];
    const watch = cluster.watch.bind(cluster);
    cluster.watch = (kind, options) => {
      asked.push(options?.labelSelector);
      return watch(kind, options);
    };
    const meanwhile: RunOptions['meanwhile'] = (clock, interrupt) => void clock.startTimer(millis(10_000), interrupt);
    await run('list ro -w -l team=find', { cluster, meanwhile });
    assert.deepEqual(asked, ['team=find']);
  });

  it('lists all kinds one below the other, each line in order, and nothing for a kind that there is not', async () => {
    const cluster = shop();
    const rollouts = (await run('list rollouts', { cluster })).out;
    const runs = (await run('list analysisruns', { cluster })).out;
    for (const words of ['get all', 'list all', 'get ALL']) assert.equal((await run(words, { cluster })).out, `${rollouts}\n${runs}`);
    const names = `rollout.sluice.dev/checkout\nanalysisrun.sluice.dev/checkout-${CANARY}-8-4-step\n`;
    assert.equal((await run('get all -o name', { cluster })).out, names);
    assert.equal(JSON.parse((await run('get all -o json', { cluster })).out).items.length, 2);
    const empty = await run('get all', { cluster: new FakeCluster() });
    assert.deepEqual([empty.code, empty.out, empty.err], [0, '', 'no rollouts or analysisruns in namespace "shop"\n']);
  });

  it('lists analysis runs', async () => {
    assertGolden('list-analysisruns', (await run('list analysisruns', { cluster: shop() })).out);
  });

  it('prints a List as JSON and names for scripts', async () => {
    const list = JSON.parse((await run('list rollouts -o json', { cluster: shop() })).out);
    assert.equal(list.kind, 'List');
    assert.equal(list.items[0].metadata.name, 'checkout');
    assert.equal((await run('get rollouts -o name', { cluster: shop() })).out, 'rollout.sluice.dev/checkout\n');
  });

  it('says on standard error that there is none, so that pipes stay empty', async () => {
    const result = await run('list rollouts', { cluster: new FakeCluster() });
    assert.deepEqual([result.code, result.out, result.err], [0, '', 'no rollouts in namespace "shop"\n']);
  });

  it('starts a list over when the history that its pages need is forgotten', async () => {
    const cluster = shop();
    const list = cluster.list.bind(cluster);
    let answers = 0;
    cluster.list = async (...asked) => {
      answers += 1;
      if (answers === 1) return { ...(await list(...asked)), continue: 'next page' };
      if (answers === 2) throw new SluiceError('expired', 'the provided continue parameter is too old');
      return list(...asked);
    };
    const { code, out, err } = await run('list rollouts -o name', { cluster });
    assert.deepEqual([code, out, err, answers], [0, 'rollout.sluice.dev/checkout\n', '', 3]);
  });

  it('prints changed lines of a watched list', async () => {
    const cluster = shop();
    const result = await run('list rollouts -w', {
      cluster,
      meanwhile: (clock, interrupt) => {
        clock.startTimer(millis(30_000), () => cluster.put(ROLLOUT, midway({ phase: 'Paused' })));
        clock.startTimer(millis(90_000), interrupt);
      },
    });
    assert.match(result.out, /Progressing[^\n]*\n[^\n]*\n?.*Paused/s);
    assert.equal(result.out.match(/Paused/g)?.length, 1);
  });
});
