import { CONFIG_MAP, GIT_SYNC } from '../../api/kinds.ts';
import { CONFIG_RECORD, POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { parseGitSync } from '../../api/parse.ts';
import type { WorkloadRef } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { WORKLOAD_KINDS } from '../../api/workload-kinds.ts';
import { ABSENT, type ConfigRecord, parseRecord } from '../../core/config/config-record.ts';
import { splitConfigKey } from '../../core/config/config-refs.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { incompleteCommit } from '../../core/provenance/incomplete-commit.ts';
import { startsRevision } from '../../core/rollout/revision.ts';
import { fieldsOf } from '../../core/sync/fields-of.ts';
import { toConfigView } from '../../observe/config-view.ts';
import { SluiceError } from '../../ports/errors.ts';
import { calling, type ExecutionContext, liveNamed } from './guarded-writes.ts';

/**
 * A new revision is made of a template, of configuration and of the spec that judges it, which several caches hold: when one of them is late, it would be a revision that
 * nobody wrote. So the live objects are read once more before its ReplicaSet is made. Throws `conflict` when they differ; the caches catch up and the decision is made anew.
 */
export async function refuseStaleRevision(
  plan: Pick<Plan<RolloutStatus>, 'actions' | 'status'>,
  raw: KubeObject,
  before: RolloutStatus | undefined,
  context: ExecutionContext,
): Promise<void> {
  const ref = workloadRefOf(raw);
  for (const action of plan.actions) {
    if (action.type !== 'createReplicaSet') continue;
    const record = parseRecord(action.object.metadata.annotations?.[CONFIG_RECORD]);
    const starts = ref !== undefined && startsRevision(action.object.metadata.labels?.[POD_TEMPLATE_HASH], before);
    if (record.size === 0 && !starts) continue;
    const live = await context.liveOwner();
    if (live?.metadata.generation !== raw.metadata.generation) throw stale(`Rollout ${raw.metadata.name}`);
    if (starts) {
      await refuseStaleWorkload(ref, plan.status, context);
      await refuseHalfCommit(raw, context);
    }
    await refuseStaleConfig(record, context);
  }
}

/** What the Rollout refers to, from the object itself. */
function workloadRefOf(raw: KubeObject): Pick<WorkloadRef, 'kind' | 'name'> | undefined {
  const { kind, name } = fieldsOf(fieldsOf(raw['spec'])['workloadRef']);
  return (kind === 'Deployment' || kind === 'ReplicaSet' || kind === 'PodTemplate') && typeof name === 'string'
    ? { kind, name }
    : undefined;
}

/** Read by a list, which is all that the chart grants on workloads. */
async function refuseStaleWorkload(
  { kind, name }: Pick<WorkloadRef, 'kind' | 'name'>,
  status: RolloutStatus,
  context: ExecutionContext,
): Promise<void> {
  const options = { ...calling(context), namespace: context.namespace, fieldSelector: `metadata.name=${name}` };
  const generation = (await context.cluster.list(WORKLOAD_KINDS[kind], options)).items[0]?.metadata.generation;
  if (String(generation) !== String(status.workloadObservedGeneration)) throw stale(`${kind} ${name}`);
}

/** The template of a workload is seen by another watch than the GitSync that says, before it applies it, that the Rollout's own document is to follow. */
async function refuseHalfCommit(raw: KubeObject, context: ExecutionContext): Promise<void> {
  const { items } = await context.cluster.list(GIT_SYNC, { ...calling(context), namespace: context.namespace });
  const gitSyncs = items.map(parseGitSync).flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
  const incomplete = incompleteCommit(raw.metadata, gitSyncs);
  if (incomplete !== undefined) throw stale(`GitSync ${incomplete.gitSync}`);
}

async function refuseStaleConfig(record: ConfigRecord, context: ExecutionContext): Promise<void> {
  for (const [key, digest] of record) {
    const { kind, name } = splitConfigKey(key);
    // Secrets are read by nobody but their own cache.
    if (kind !== 'ConfigMap') continue;
    const object = await liveNamed(CONFIG_MAP, name, context);
    if ((object === undefined ? ABSENT : toConfigView(kind)(object).observed.digest) !== digest) throw stale(`ConfigMap ${name}`);
  }
}

function stale(what: string): SluiceError {
  return new SluiceError('conflict', `${what} changed in the meantime: the revision is decided anew`);
}
