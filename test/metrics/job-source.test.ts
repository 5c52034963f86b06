import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJobSource } from '../../src/adapters/metrics/job/job-source.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant, millis } from '../../src/api/time.ts';
import { assessReply } from '../../src/core/analysis/assess.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type ErrorCode, SluiceError } from '../../src/ports/errors.ts';
import type { JobQuery, MetricReply } from '../../src/ports/metrics.ts';
import { resolvedOf } from '../analysis/runs.ts';

const QUERY: JobQuery = {
  type: 'job',
  name: 'smoke-abc',
  run: { namespace: 'shop', name: 'run', uid: 'run-uid' },
  begun: false,
  labels: { team: 'shop' },
  annotations: {},
  spec: { template: { spec: { restartPolicy: 'Never' } } },
  at: instant(0),
  timeout: millis(1000),
};

interface Stage {
  job?: KubeObject;
  pods?: readonly KubeObject[];
  failure?: ErrorCode;
  readonly created: KubeObject[];
  readonly selectors: (string | undefined)[];
}

/** A cluster that holds at most one Job, whose status the test writes. */
function clusterOf(stage: Stage): Pick<Cluster, 'get' | 'create' | 'list'> {
  const mayFail = (): void => {
    if (stage.failure !== undefined) throw new SluiceError(stage.failure, 'spec.template.spec.containers: Required value');
  };
  return {
    get: async () => stage.job,
    create: async (_, object) => {
      mayFail();
      stage.created.push(object);
      stage.job = object;
      return object;
    },
    list: async (_, options) => {
      stage.selectors.push(options?.labelSelector);
      return { items: stage.pods ?? [], resourceVersion: '1' };
    },
  };
}

const owned = (status: object, uid = 'run-uid'): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'smoke-abc',
    namespace: 'shop',
    ownerReferences: [{ apiVersion: 'sluice.dev/v1alpha1', kind: 'AnalysisRun', name: 'run', uid }],
  },
  status,
});

const ended = (type: string, reason?: string): object => ({
  conditions: [{ type, status: 'True', ...(reason === undefined ? {} : { reason }) }],
});

function pod(reason: string, list = 'containerStatuses'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'smoke-abc-x' },
    status: { [list]: [{ name: 'smoke', state: { waiting: { reason } } }] },
  };
}

async function ask(given: Partial<Stage>, changes: Partial<JobQuery> = {}): Promise<{ reply: MetricReply; stage: Stage; phase: string }> {
  const stage: Stage = { created: [], selectors: [], ...given };
  const reply = await createJobSource({ cluster: clusterOf(stage) }).query({ ...QUERY, ...changes });
  const metric = resolvedOf({ name: 'smoke', provider: { job: { spec: QUERY.spec } } });
  const { phase } = assessReply(metric, { metric: 'smoke', startedAt: instant(0), finishedAt: instant(0), reply });
  return { reply, stage, phase };
}

describe('a Job as a measurement', () => {
  it('is made once, in the namespace of the run and owned by it', async () => {
    const { reply, stage, phase } = await ask({});
    assert.deepEqual([reply, phase], [{ kind: 'running', job: 'smoke-abc' }, 'Running']);
    const [job] = stage.created;
    assert.deepEqual([job?.metadata.name, job?.metadata.namespace, job?.metadata.labels?.['team']], ['smoke-abc', 'shop', 'shop']);
    assert.deepEqual(
      job?.metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
      [['run-uid', true]],
    );
    const again = await ask({ job: owned({}) });
    assert.deepEqual([again.reply.kind, again.stage.created], ['running', []]);
  });

  it('is a success when it is Complete and a failure when it Failed', async () => {
    assert.equal((await ask({ job: owned(ended('Complete')) })).phase, 'Successful');
    const failed = await ask({ job: owned(ended('Failed', 'DeadlineExceeded')) });
    assert.equal(failed.phase, 'Failed');
    assert.equal(failed.reply.kind === 'finished' && failed.reply.message, 'Job smoke-abc failed (DeadlineExceeded)');
  });

  for (const reason of ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName']) {
    it(`bug 41 (AR PR#4602): with ${reason} is neither`, async () => {
      for (const list of ['containerStatuses', 'initContainerStatuses']) {
        const { phase, reply, stage } = await ask({ job: owned({ active: 1, ready: 0 }), pods: [pod(reason, list)] });
        assert.equal(phase, 'Inconclusive');
        assert.match(reply.kind === 'finished' ? reply.message : '', /container smoke of pod smoke-abc-x cannot start/);
        assert.deepEqual(stage.selectors, ['job-name=smoke-abc']);
      }
    });
  }

  it('that waits for something else goes on, and its pods are not asked for once they run', async () => {
    assert.equal((await ask({ job: owned({ active: 1, ready: 0 }), pods: [pod('ContainerCreating')] })).phase, 'Running');
    assert.deepEqual((await ask({ job: owned({ active: 1, ready: 1 }) })).stage.selectors, []);
  });

  it('that is gone, of somebody else, refused or forbidden is an error with what to do', async () => {
    const words = async (given: Partial<Stage>, changes: Partial<JobQuery> = {}): Promise<string> => {
      const { reply, phase } = await ask(given, changes);
      assert.equal(phase, 'Error');
      return reply.kind === 'failed' ? `${reply.reason}: ${reply.message}` : '';
    };
    assert.match(await words({}, { begun: true }), /^query_failed: the Job smoke-abc is gone before it ended/);
    assert.match(await words({ job: owned({}, 'other') }), /^query_refused: .*belongs to something else; delete it/);
    assert.match(await words({ failure: 'forbidden' }), /^unauthorized: .*set analysisJobs\.enabled in the chart/);
    assert.match(await words({ failure: 'spec_invalid' }), /^query_refused: .*containers: Required value.*correct provider\.job\.spec/);
    assert.match(await words({ failure: 'unavailable' }), /^unreachable/);
    assert.match(await words({ failure: 'unavailable' }, { signal: AbortSignal.abort() }), /^aborted/);
  });
});
