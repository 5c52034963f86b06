import { z } from 'zod';
import type { KubeObject } from '../../../api/metadata.ts';
import type { MetricReply } from '../../../ports/metrics.ts';

const jobStatusSchema = z.looseObject({
  active: z.number().optional(),
  ready: z.number().optional(),
  conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().optional() })).optional(),
});

const podStatusSchema = z.looseObject({
  initContainerStatuses: z.array(z.unknown()).optional(),
  containerStatuses: z.array(z.unknown()).optional(),
});

const containerSchema = z.looseObject({
  name: z.string(),
  state: z.looseObject({ waiting: z.looseObject({ reason: z.string().optional() }).optional() }).optional(),
});

type Finished = Extract<MetricReply, { kind: 'finished' }>;
type Running = Extract<MetricReply, { kind: 'running' }>;

/** A word of Kubernetes, such as BackoffLimitExceeded; '' for anything else. */
function word(reason: string | undefined): string {
  return /^[A-Za-z]{1,60}$/.test(reason ?? '') ? ` (${reason})` : '';
}

/** How a Job stands. `waits` says that a pod of it does not run yet. */
export function readJob(job: KubeObject): { readonly reply: Finished | Running; readonly waits: boolean } {
  const { name } = job.metadata;
  const parsed = jobStatusSchema.safeParse(job['status'] ?? {});
  const status = parsed.success ? parsed.data : {};
  const ended = (type: string) => status.conditions?.find((one) => one.type === type && one.status === 'True');
  const finished = (outcome: Finished['outcome'], message: string) =>
    ({ reply: { kind: 'finished', job: name, outcome, message }, waits: false }) as const;
  if (ended('Complete') !== undefined) return finished('Successful', `Job ${name} completed`);
  const failed = ended('Failed');
  if (failed !== undefined) return finished('Failed', `Job ${name} failed${word(failed.reason)}`);
  return { reply: { kind: 'running', job: name }, waits: (status.active ?? 0) > (status.ready ?? 0) };
}

/** Reasons for which a container waits that no waiting ends, as in Argo Rollouts. */
const HOPELESS: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName']);

/** The container that will never start, when there is one: neither a success nor a failure of what is measured. */
export function stuckContainer(job: string, pods: readonly KubeObject[]): Finished | undefined {
  for (const pod of pods) {
    const status = podStatusSchema.safeParse(pod['status'] ?? {});
    if (!status.success) continue;
    for (const raw of [...(status.data.initContainerStatuses ?? []), ...(status.data.containerStatuses ?? [])]) {
      const container = containerSchema.safeParse(raw);
      const reason = container.success ? container.data.state?.waiting?.reason : undefined;
      if (!container.success || reason === undefined || !HOPELESS.has(reason)) continue;
      const message = `container ${container.data.name} of pod ${pod.metadata.name} cannot start (${reason}): correct its image or the pull secret`;
      return { kind: 'finished', job, outcome: 'Inconclusive', message };
    }
  }
  return undefined;
}
