import { z } from 'zod';
import { JOB, POD } from '../../api/kinds.ts';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import { formatInstant, type Instant, type Millis, millis, parseInstant } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { derivedSuffix } from './derived-suffix.ts';
import { POD_FINALIZER } from './kubelet.ts';
import type { Mirror, Mirrored } from './mirror.ts';
import { controllerUid } from './replica-set-controller.ts';
import { isDeleting, type PodView, readiness } from './workload-views.ts';

const FIELD_MANAGER = 'kube-controller-manager';
/** The Job controller's wait before a failed pod is replaced, doubled each time. Milliseconds. */
const FIRST_BACKOFF = 10_000;
const LONGEST_BACKOFF = 600_000;

const labels = z.record(z.string(), z.string()).optional();
const jobSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    completions: z.int().default(1),
    parallelism: z.int().default(1),
    backoffLimit: z.int().default(6),
    activeDeadlineSeconds: z.int().optional(),
    suspend: z.boolean().default(false),
    template: z.looseObject({
      metadata: z.looseObject({ labels, annotations: labels }).optional(),
      spec: z.looseObject({}).default({}),
    }),
  }),
  status: z
    .looseObject({
      startTime: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

export type JobView = z.infer<typeof jobSchema>;

/** The part of a Job that its controller reads; undefined when it cannot be read. */
export function viewJob(object: KubeObject): JobView | undefined {
  return jobSchema.safeParse(object).data;
}

export interface JobControllerOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly jobs: Mirror<JobView>;
  readonly pods: Mirror<PodView>;
}

/** How a Job ends, in the words of Kubernetes. */
interface End {
  readonly type: 'Complete' | 'Failed';
  readonly reason: 'CompletionsReached' | 'BackoffLimitExceeded' | 'DeadlineExceeded';
}

interface Counts {
  readonly active: readonly Mirrored<PodView>[];
  readonly succeeded: number;
  readonly failed: number;
}

function countsOf(pods: readonly Mirrored<PodView>[]): Counts {
  const inPhase = (phase: string): number => pods.filter((pod) => pod.view.status.phase === phase).length;
  const active = pods.filter(({ view }) => !isDeleting(view) && view.status.phase !== 'Succeeded' && view.status.phase !== 'Failed');
  return { active, succeeded: inPhase('Succeeded'), failed: inPhase('Failed') };
}

function deadlineOf({ spec, status }: JobView, now: Instant): number | undefined {
  if (spec.activeDeadlineSeconds === undefined) return undefined;
  return (parseInstant(status.startTime) ?? now) + spec.activeDeadlineSeconds * 1000;
}

function endOf(job: JobView, { succeeded, failed }: Counts, now: Instant): End | undefined {
  if (succeeded >= job.spec.completions) return { type: 'Complete', reason: 'CompletionsReached' };
  if (failed > job.spec.backoffLimit) return { type: 'Failed', reason: 'BackoffLimitExceeded' };
  const deadline = deadlineOf(job, now);
  return deadline !== undefined && deadline <= now ? { type: 'Failed', reason: 'DeadlineExceeded' } : undefined;
}

function podOf(job: JobView, name: string): KubeObject {
  const { template } = job.spec;
  const { name: owner, namespace, uid = '' } = job.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { ...template.metadata?.labels, 'job-name': owner, 'batch.kubernetes.io/job-name': owner, 'controller-uid': uid },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: owner, uid, controller: true, blockOwnerDeletion: true }],
      finalizers: [POD_FINALIZER],
    },
    spec: template.spec,
  };
}

class JobController {
  readonly #options: JobControllerOptions;
  /** By uid: how many pods a Job made, how many failed when it was last looked at, and when the last of those failed. */
  readonly #history = new Map<string, { made: number; failed: number; failedAt: Instant }>();

  constructor(options: JobControllerOptions) {
    this.#options = options;
  }

  async reconcile(key: string): Promise<Millis | undefined> {
    const { jobs, pods, clock } = this.#options;
    const found = jobs.get(key);
    if (found === undefined || isDeleting(found.view)) return undefined;
    const job = found.view;
    if (job.status.conditions.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'))) return undefined;
    const counts = countsOf(pods.list().filter((pod) => controllerUid(pod.raw) === job.metadata.uid));
    const now = clock.now();
    const end = endOf(job, counts, now);
    if (end !== undefined) for (const pod of counts.active) await this.#remove(pod);
    const nextIn = end === undefined ? await this.#start(job, counts) : undefined;
    await this.#writeStatus(found, counts, end);
    const deadline = end === undefined ? (deadlineOf(job, now) ?? Number.POSITIVE_INFINITY) - now : Number.POSITIVE_INFINITY;
    const next = Math.min(nextIn ?? Number.POSITIVE_INFINITY, deadline);
    return Number.isFinite(next) ? millis(next) : undefined;
  }

  /** Makes the pods that are missing; after a failure only once its wait is over, which it answers. */
  async #start(job: JobView, { active, succeeded, failed }: Counts): Promise<Millis | undefined> {
    const { spec, metadata } = job;
    const now = this.#options.clock.now();
    const history = this.#history.get(metadata.uid ?? '') ?? { made: 0, failed: 0, failedAt: now };
    this.#history.set(metadata.uid ?? '', history);
    if (failed > history.failed) Object.assign(history, { failed, failedAt: now });
    const wait = failed === 0 ? 0 : history.failedAt + Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (failed - 1)) - now;
    const missing = spec.suspend ? 0 : Math.min(spec.parallelism, spec.completions - succeeded) - active.length;
    if (missing > 0 && wait > 0) return millis(wait);
    for (let left = missing; left > 0; left -= 1) {
      const name = `${metadata.name.slice(0, 240)}-${derivedSuffix(`${metadata.namespace}/${metadata.name} ${history.made}`)}`;
      history.made += 1;
      this.#options.pods.absorb(await this.#options.cluster.create(POD, podOf(job, name), { fieldManager: FIELD_MANAGER }));
    }
    return undefined;
  }

  async #remove({ view }: Mirrored<PodView>): Promise<void> {
    const { namespace, name, uid = '' } = view.metadata;
    try {
      await this.#options.cluster.remove(POD, { namespace, name }, { preconditions: { uid } });
    } catch (error) {
      if (!isSluiceError(error, 'not_found') && !isSluiceError(error, 'conflict')) throw error;
    }
  }

  async #writeStatus({ raw, view }: Mirrored<JobView>, { active, succeeded, failed }: Counts, end: End | undefined): Promise<void> {
    const at = formatInstant(this.#options.clock.now());
    const condition = (type: string): Record<string, unknown> => ({
      type,
      status: 'True',
      reason: end?.reason,
      lastProbeTime: at,
      lastTransitionTime: at,
    });
    const status: Record<string, unknown> = {
      startTime: view.status.startTime ?? at,
      active: end === undefined ? active.length : 0,
      ready: end === undefined ? active.filter((pod) => readiness(pod.view).ready).length : 0,
      succeeded,
      failed,
      ...(end === undefined
        ? {}
        : { conditions: [condition(end.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'), condition(end.type)] }),
      ...(end?.type === 'Complete' ? { completionTime: at } : {}),
    };
    if (end === undefined && Object.entries(status).every(([field, value]) => view.status[field] === value)) return;
    const written = await this.#options.cluster.update(JOB, { ...raw, status }, { fieldManager: FIELD_MANAGER, subresource: 'status' });
    this.#options.jobs.absorb(written);
  }
}

/** Emulates the Job controller: pods until enough of them succeed, more of them fail than `backoffLimit` says, or the deadline is over. */
export function createJobController(options: JobControllerOptions): (key: string) => Promise<Millis | undefined> {
  const controller = new JobController(options);
  return (key) => controller.reconcile(key);
}
