import { JOB, POD } from '../../../api/kinds.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import type { Cluster } from '../../../ports/cluster.ts';
import { isSluiceError } from '../../../ports/errors.ts';
import type { JobQuery, MetricReply, MetricSource } from '../../../ports/metrics.ts';
import { type FailedReply, failure } from '../failure.ts';
import { jobObject } from './job-object.ts';
import { readJob, stuckContainer } from './read-job.ts';

type JobCluster = Pick<Cluster, 'get' | 'create' | 'list'>;

/** The Job of this measurement: made on the first look, found on every later one, also when the first look was forgotten. */
async function obtain(cluster: JobCluster, query: JobQuery): Promise<{ readonly job: KubeObject } | FailedReply> {
  const { name, run, signal } = query;
  const found = await cluster.get(JOB, { namespace: run.namespace, name }, { signal });
  if (found !== undefined) {
    const ours = found.metadata.ownerReferences?.some((owner) => owner.uid === run.uid) === true;
    return ours ? { job: found } : failure('query_refused', `there is a Job ${name} that belongs to something else; delete it`, false);
  }
  if (query.begun) return failure('query_failed', `the Job ${name} is gone before it ended`, true);
  return { job: await cluster.create(JOB, jobObject(query), { fieldManager: 'sluice', signal }) };
}

/** Why no Job can be had, in words of our own: what the API server says of a spec names its fields only. */
function readError(error: unknown, query: JobQuery): MetricReply {
  if (query.signal?.aborted === true) return failure('aborted', 'the query was cancelled', true);
  if (isSluiceError(error, 'forbidden'))
    return failure('unauthorized', 'Sluice may not run Jobs in this namespace; set analysisJobs.enabled in the chart', true);
  if (isSluiceError(error, 'spec_invalid'))
    return failure('query_refused', `the API server refuses the Job: ${error.message.slice(0, 500)}; correct provider.job.spec`, false);
  return failure('unreachable', 'the API server could not be asked for the Job', true);
}

async function look(cluster: JobCluster, query: JobQuery): Promise<MetricReply> {
  const obtained = await obtain(cluster, query);
  if ('reason' in obtained) return obtained;
  const state = readJob(obtained.job);
  if (state.reply.kind !== 'running' || !state.waits) return state.reply;
  const labelSelector = `job-name=${query.name}`;
  const pods = await cluster.list(POD, { namespace: query.run.namespace, labelSelector, limit: 20, signal: query.signal });
  return stuckContainer(query.name, pods.items) ?? state.reply;
}

/**
 * Kubernetes Jobs as measurements: Complete is a success, Failed a failure, an image that cannot be pulled neither. Each look is one reading, so nothing is
 * remembered here; the name is derived from run, metric and measurement, so a second start finds the first one's Job.
 */
export function createJobSource(deps: { readonly cluster: JobCluster }): MetricSource<JobQuery> {
  return {
    query: async (query) => {
      try {
        return await look(deps.cluster, query);
      } catch (error) {
        return readError(error, query);
      }
    },
  };
}
