import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisRunStatus } from '../../src/api/analysis.ts';
import type { Cached } from '../../src/api/cached.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { MetricProvider } from '../../src/api/metric-provider.ts';
import { parseAnalysisRun, parseAnalysisTemplate, parseMetricProvider } from '../../src/api/parse.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createAnalysisRunReconciler } from '../../src/controllers/analysis/analysis-run-reconciler.ts';
import { createAnalysisTemplateReconciler } from '../../src/controllers/analysis/analysis-template-reconciler.ts';
import { createMetricProviderReconciler } from '../../src/controllers/analysis/metric-provider-reconciler.ts';
import type { Reconciler } from '../../src/controllers/runtime/reconciler.ts';
import type { Store } from '../../src/kube/store.ts';
import { cachedBy } from '../../src/observe/cached-by.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { isSluiceError, SluiceError } from '../../src/ports/errors.ts';
import type { Log } from '../../src/ports/log.ts';
import type { MetricSource } from '../../src/ports/metrics.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createScriptedMetricSource, type ScriptedRule } from '../../src/sim/metrics/scripted-source.ts';
import { metricOf, START } from './runs.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => quiet };

/** One object, as the API server keeps it: a status write needs the current version. */
interface OneObject<T> {
  readonly store: Store<Cached<T>>;
  readonly cluster: Pick<Cluster, 'update' | 'remove'>;
  removed: boolean;
  object: KubeObject;
  writes: number;
}

function keep<T>(key: string, object: KubeObject, parse: (raw: KubeObject) => Cached<T>): OneObject<T> {
  const kept: OneObject<T> = {
    object: { ...object, metadata: { ...object.metadata, resourceVersion: '1' } },
    writes: 0,
    removed: false,
    store: {
      get: (asked) => (asked === key ? parse(kept.object) : undefined),
      list: () => [parse(kept.object)],
      byIndex: () => [],
      resourceVersionOf: () => kept.object.metadata.resourceVersion,
      uidOf: () => kept.object.metadata.uid,
    },
    cluster: {
      remove: async () => {
        kept.removed = true;
      },
      update: async (_kind, written, options) => {
        assert.deepEqual([options?.subresource, options?.fieldManager], ['status', 'sluice']);
        if (written.metadata.resourceVersion !== kept.object.metadata.resourceVersion)
          throw new SluiceError('conflict', 'the object has been modified');
        kept.writes += 1;
        kept.object = {
          ...kept.object,
          status: JSON.parse(JSON.stringify(written['status'])),
          metadata: { ...kept.object.metadata, resourceVersion: String(kept.writes + 1) },
        };
        return kept.object;
      },
    },
  };
  return kept;
}

const DEFAULT_PROVIDER: KubeObject = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'MetricProvider',
  metadata: { name: 'default' },
  spec: { prometheus: { address: 'http://prometheus:9090', timeout: '5s' } },
};

interface World {
  readonly clock: VirtualClock;
  readonly run: OneObject<unknown>;
  readonly reconciler: Reconciler;
  status(): AnalysisRunStatus;
}

function world(spec: object, rules: readonly ScriptedRule[], options: { provider?: KubeObject; source?: MetricSource } = {}): World {
  const clock = createVirtualClock(START);
  const object: KubeObject = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: 'run', namespace: 'shop', uid: 'u', generation: 1 },
    spec,
  };
  const run = keep('shop/run', object, cachedBy(parseAnalysisRun));
  const providers: Store<Cached<MetricProvider>> = keep(
    'default',
    options.provider ?? DEFAULT_PROVIDER,
    cachedBy(parseMetricProvider),
  ).store;
  const reconciler = createAnalysisRunReconciler({
    cluster: run.cluster,
    clock,
    log: quiet,
    source: options.source ?? createScriptedMetricSource({ clock, rules: () => rules }),
    runs: run.store,
    providers,
    readSecret: async () => undefined,
    ownWrites: { wrote: () => undefined, removed: () => undefined, isParked: () => false },
  });
  return {
    clock,
    run,
    reconciler,
    status: () => {
      const parsed = parseAnalysisRun(run.object);
      assert.ok(parsed.ok && parsed.value.status !== undefined);
      return parsed.value.status;
    },
  };
}

/** Reconciles until the run asks for no further look, with the virtual clock at each of the times asked for. */
async function runToEnd({ clock, reconciler }: World, limit = 50): Promise<void> {
  for (let passes = 0; passes < limit; passes += 1) {
    const pending = reconciler.reconcile('shop/run', new AbortController().signal);
    let done = false;
    pending.then(
      () => (done = true),
      () => (done = true),
    );
    await clock.runUntil(() => done, millis(3600_000));
    const { requeueAt } = await pending;
    if (requeueAt === undefined) return;
    await clock.advanceTo(requeueAt);
  }
  assert.fail('the run did not end');
}

describe('the AnalysisRun reconciler', () => {
  it('measures on the interval, writes one status a pass, and ends in a verdict', async () => {
    const made = world({ metrics: [metricOf({ count: 3 })] }, [{ match: 'sli', value: () => 0.97 }]);
    await runToEnd(made);
    assert.equal(made.status().phase, 'Successful');
    assert.deepEqual(
      made.status().metricResults?.[0]?.measurements?.map(({ startedAt, value }) => [startedAt, value]),
      [
        ['2026-01-01T00:00:00Z', '[0.97]'],
        ['2026-01-01T00:01:00Z', '[0.97]'],
        ['2026-01-01T00:02:00Z', '[0.97]'],
      ],
    );
    assert.equal(made.run.writes, 3);
    await made.reconciler.reconcile('shop/run', new AbortController().signal);
    assert.equal(made.run.writes, 3, 'a pass that changes nothing writes nothing');
  });

  it('sees a value go bad over time and says with which numbers', async () => {
    const made = world({ metrics: [metricOf({ failureLimit: 1 })] }, [
      { match: 'sli', value: (at) => (at < START + 180_000 ? 0.99 : 0.4) },
    ]);
    await runToEnd(made);
    assert.equal(made.status().phase, 'Failed');
    assert.match(made.status().message ?? '', /failed \(2\) > failureLimit \(1\), last value 0\.4$/);
    assert.equal(made.status().completedAt, '2026-01-01T00:04:00Z');
  });

  it('asks all metrics at once: two that hang cost one timeout', async () => {
    const metrics = ['a', 'b'].map((name) => metricOf({ name, consecutiveErrorLimit: 0 }));
    const made = world({ metrics }, [{ match: 'sli', value: () => 'hang' }]);
    await runToEnd(made);
    assert.equal(made.clock.now(), START + 5000, "the provider's timeout, once");
    assert.equal(made.status().phase, 'Error');
  });

  it('a provider that fails, or a source that breaks its promise, is a measurement and never an error of the reconciler', async () => {
    const source: MetricSource = { query: () => Promise.reject(new Error('boom')) };
    const made = world({ metrics: [metricOf()] }, [], { source });
    await runToEnd(made);
    assert.equal(made.status().phase, 'Error');
    assert.equal(made.status().metricResults?.[0]?.error, 5);
    assert.ok(!JSON.stringify(made.status()).includes('boom'));
  });

  it('ends in Error with the remedy when the provider does not exist or cannot be used', async () => {
    const named = world({ metrics: [metricOf({ provider: { prometheus: { query: 'sli', provider: 'other' } } })] }, []);
    await runToEnd(named);
    assert.match(
      named.status().message ?? '',
      /provider \(other\): there is no MetricProvider other; create it, or leave provider out to use the MetricProvider default/,
    );
    const provider = { ...DEFAULT_PROVIDER, spec: { prometheus: { address: 'ftp://prometheus' } } };
    const unusable = world({ metrics: [metricOf()] }, [], { provider });
    await runToEnd(unusable);
    assert.equal(unusable.status().phase, 'Error');
    assert.match(unusable.status().message ?? '', /correct the MetricProvider default/);
  });

  it('a run that does not parse ends in Error, once, with its problems', async () => {
    const made = world({ metrics: [{ name: 'sli', failureLimit: 'many' }] }, []);
    await runToEnd(made);
    const status = made.run.object['status'];
    assert.match(JSON.stringify(status), /"phase":"Error".*failureLimit/);
    await made.clock.advanceTo(instant(START + 60_000));
    await runToEnd(made);
    assert.equal(made.run.writes, 1);
  });

  it('a status that was changed meanwhile is a conflict, and nothing is overwritten', async () => {
    const steal = (): void => {
      made.run.object = { ...made.run.object, metadata: { ...made.run.object.metadata, resourceVersion: '99' } };
    };
    const source: MetricSource = {
      query: async () => {
        steal();
        return { kind: 'scalar', value: 1, warnings: 0 };
      },
    };
    const made = world({ metrics: [metricOf()] }, [], { source });
    await assert.rejects(made.reconciler.reconcile('shop/run', new AbortController().signal), (error) => isSluiceError(error, 'conflict'));
    assert.equal(made.run.object['status'], undefined);
  });

  it('a shutdown in the middle of a query writes nothing', async () => {
    const made = world({ metrics: [metricOf()] }, [{ match: 'sli', value: () => 'hang' }]);
    const controller = new AbortController();
    const pending = made.reconciler.reconcile('shop/run', controller.signal);
    controller.abort();
    assert.deepEqual(await pending, {});
    assert.equal(made.run.writes, 0);
  });

  it('does nothing for a run that is gone', async () => {
    assert.deepEqual(await world({ metrics: [metricOf()] }, []).reconciler.reconcile('shop/other', new AbortController().signal), {});
  });
});

describe('the reconcilers of templates and providers', () => {
  const signal = new AbortController().signal;

  async function templateStatus(spec: object): Promise<string> {
    const object: KubeObject = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { name: 't', namespace: 'shop', generation: 4 },
      spec,
    };
    const kept = keep('shop/t', object, cachedBy(parseAnalysisTemplate));
    const reconciler = createAnalysisTemplateReconciler({
      cluster: kept.cluster,
      clock: createVirtualClock(START),
      log: quiet,
      store: kept.store,
    });
    await reconciler.reconcile('shop/t', signal);
    await reconciler.reconcile('shop/t', signal);
    assert.equal(kept.writes, 1);
    const parsed = parseAnalysisTemplate({ ...kept.object, spec: { metrics: [metricOf()] } });
    assert.ok(parsed.ok && parsed.value.status !== undefined);
    const { status } = parsed.value;
    assert.equal(status.observedGeneration, 4);
    return `${(status.conditions ?? []).map((condition) => `${condition.type}=${condition.status} ${condition.reason}`).join(' ')}: ${status.message}`;
  }

  it('a template is Ready once its conditions compile and its arguments are declared', async () => {
    const query = 'x{a="{{args.service}}"}';
    const metric = metricOf({ successCondition: 'result[0] >= {{args.min}}', provider: { prometheus: { query } } });
    assert.match(
      await templateStatus({ args: [{ name: 'service' }, { name: 'min', value: '0.95' }], metrics: [metric] }),
      /^Ready=True TypeChecked/,
    );
    assert.match(
      await templateStatus({ args: [{ name: 'min' }], metrics: [metric] }),
      /^Stalled=True InvalidSpec Ready=False InvalidSpec: .*argument service is used but not declared/,
    );
    assert.match(
      await templateStatus({ metrics: [metricOf({ successCondition: 'result == nil', failureCondition: 'result[0]' })] }),
      /successCondition.*; .*failureCondition.*yields double/,
    );
  });

  it('what is not done yet is Stalled as Unsupported, by name', async () => {
    const slo = { name: 'x', objective: 99.9, sli: { events: { total: 'a', bad: 'b' } } };
    assert.match(await templateStatus({ slos: [slo] }), /^Stalled=True Unsupported Ready=False Unsupported: spec\.slos: Unsupported/);
    assert.match(await templateStatus({ metrics: [metricOf({ provider: { datadog: {} } })] }), /spec\.metrics\[0\]\.provider\.datadog/);
    const inline = { prometheus: { query: 'x', address: 'http://10.0.0.1' } };
    assert.match(
      await templateStatus({ metrics: [metricOf({ provider: inline })] }),
      /spec\.metrics\[0\]\.provider\.prometheus\.address: Unsupported.*name a MetricProvider/,
    );
  });

  it('a template that does not parse is Stalled too', async () => {
    assert.match(await templateStatus({ metrics: [{ name: 'x', count: -1, provider: {} }] }), /^Stalled=True InvalidSpec.*count/);
  });

  async function providerStatus(spec: object): Promise<string> {
    const kept = keep(
      'default',
      { ...DEFAULT_PROVIDER, metadata: { name: 'default', generation: 1 }, spec },
      cachedBy(parseMetricProvider),
    );
    await createMetricProviderReconciler({
      cluster: kept.cluster,
      clock: createVirtualClock(START),
      log: quiet,
      store: kept.store,
    }).reconcile('default', signal);
    return JSON.stringify(kept.object['status']);
  }

  it('a provider is Ready when its address can be used, and an address with a password is refused without repeating it', async () => {
    assert.match(
      await providerStatus({ prometheus: { address: 'https://prometheus.example:9090/path' } }),
      /"type":"Ready","status":"True"/,
    );
    for (const address of ['ftp://x', 'prometheus:9090', 'http://user:hunter2@prometheus', 'http://x/?a=b']) {
      const status = await providerStatus({ prometheus: { address } });
      assert.match(status, /"type":"Stalled","status":"True"/, address);
      assert.ok(!status.includes('hunter2'), status);
    }
    assert.match(await providerStatus({ datadog: {} }), /spec\.datadog: Unsupported/);
  });
});
