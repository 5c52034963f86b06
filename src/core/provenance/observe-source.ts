import type { GitSync } from '../../api/git-sync.ts';
import type { GitTarget } from '../../api/git-target.ts';
import { GROUP } from '../../api/labels.ts';
import type { Rollout, WorkloadRef } from '../../api/rollout.ts';
import type { Provenance } from '../../api/rollout-status.ts';
import type { ObservedConfig } from '../config/observed-config.ts';
import type { ObservedSource, ObservedWorkload } from '../rollout/observed.ts';
import { configSource } from './config-source.ts';
import { isInside, normaliseDirectory } from './git-names.ts';
import { incompleteCommit } from './incomplete-commit.ts';
import { normaliseRepositoryUrl, sameRepository } from './repository-url.ts';

interface Record {
  readonly sync: GitSync;
  readonly file: string;
  readonly commit: string;
  readonly generation: number | undefined;
  /** Of a Rollout: the commit that brought it with its workload and ConfigMaps. */
  readonly closureCommit: string | undefined;
}

/** Whether the record was made from the repository, branch and path that the spec names now. */
function isOfSpec(sync: GitSync): boolean {
  const { spec, status } = sync;
  const source = status?.source;
  return (
    source !== undefined &&
    sameRepository(source.url, spec.url) &&
    source.branch === spec.branch &&
    normaliseDirectory(source.path) === normaliseDirectory(spec.path)
  );
}

/** An object by what a record says of it. */
interface Recorded {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string | undefined;
}

/** The GitSync of this namespace that has this very object (by uid) on its record, when that record belongs to its present spec. */
function recordOf({ uid, namespace, name, group, kind }: Recorded, gitSyncs: readonly GitSync[]): Record | undefined {
  if (uid === undefined || uid === '') return undefined;
  const records = gitSyncs.flatMap((sync): Record[] => {
    if (sync.metadata.namespace !== namespace || !isOfSpec(sync)) return [];
    const entry = sync.status?.inventory?.find((one) => one.uid === uid && one.group === group && one.kind === kind && one.name === name);
    return entry === undefined
      ? []
      : [{ sync, file: entry.file, commit: entry.commit, generation: entry.generation, closureCommit: entry.closure?.commit }];
  });
  return records.length === 1 ? records[0] : undefined;
}

function provenanceOf(record: Record, generation: number, commit: string): Provenance | undefined {
  const { spec, metadata, status } = record.sync;
  const repository = normaliseRepositoryUrl(spec.url);
  const path = normaliseDirectory(spec.path);
  if (repository === undefined || path === undefined || !isInside(record.file, path)) return undefined;
  return {
    engine: 'GitSync',
    name: metadata.name,
    repository,
    branch: spec.branch,
    path,
    file: record.file,
    commit,
    generation,
    observedAt: status?.lastAppliedAt ?? metadata.creationTimestamp ?? '1970-01-01T00:00:00Z',
  };
}

/** Whether a GitTarget lets this namespace have this file of this repository and branch written. */
function allows(target: GitTarget, record: Record, namespace: string): boolean {
  const { spec } = record.sync;
  if (!sameRepository(target.spec.url, spec.url) || target.spec.branch !== spec.branch) return false;
  return target.spec.paths.some((path) => {
    const prefix = normaliseDirectory(path.prefix);
    return prefix !== undefined && path.namespaces.includes(namespace) && isInside(record.file, prefix);
  });
}

function matchTarget(
  rollout: Rollout,
  record: Record,
  gitTargets: readonly GitTarget[],
): Pick<ObservedSource, 'gitTarget' | 'gitTargetProblem'> {
  const namespace = rollout.metadata.namespace ?? '';
  const wanted = rollout.spec.rollback?.git?.targetRef?.name;
  const matching = gitTargets.filter((target) => allows(target, record, namespace)).map((target) => target.metadata.name);
  const refuse = (gitTargetProblem: string): Pick<ObservedSource, 'gitTarget' | 'gitTargetProblem'> => ({
    gitTarget: undefined,
    gitTargetProblem,
  });
  if (wanted !== undefined) {
    if (matching.includes(wanted)) return { gitTarget: wanted, gitTargetProblem: undefined };
    if (!gitTargets.some((target) => target.metadata.name === wanted)) return refuse(`there is no GitTarget ${wanted}`);
    return refuse(
      `the GitTarget ${wanted} does not cover ${record.file} of ${record.sync.spec.url}, branch ${record.sync.spec.branch}, for the namespace ${namespace}`,
    );
  }
  const [only, ...others] = matching;
  if (only === undefined)
    return refuse(
      `no GitTarget covers ${record.file} of ${record.sync.spec.url}, branch ${record.sync.spec.branch}, for the namespace ${namespace}`,
    );
  if (others.length > 0)
    return refuse(`several GitTargets cover this source (${matching.toSorted().join(', ')}): name one in spec.rollback.git.targetRef`);
  return { gitTarget: only, gitTargetProblem: undefined };
}

function noSource(gitTargetProblem: string): ObservedSource {
  return { provenance: undefined, appliedCommit: undefined, gitTarget: undefined, gitTargetProblem };
}

/** The newest commit whose every object was applied; none while a later one is being applied. */
function wholeCommit({ status }: GitSync): string | undefined {
  return status?.lastAppliedRevision === status?.lastAttemptedRevision ? status?.lastAppliedRevision : undefined;
}

function workloadOf(rollout: Rollout, { kind, name }: WorkloadRef, workload: ObservedWorkload | undefined): Recorded {
  return { group: kind === 'PodTemplate' ? '' : 'apps', kind, namespace: rollout.metadata.namespace, name, uid: workload?.uid };
}

/**
 * Where the live template of a Rollout came from, by the reconciler's own record: with `workloadRef` that is the workload's document, which has to be on the
 * same record as the Rollout's, for a restore looks at both in one commit; and with the ConfigMaps that belong to the revision. Labels and annotations are never looked at: whoever can write them can write
 * anything into them (design 5.2).
 */
export function observeSource(
  rollout: Rollout,
  gitSyncs: readonly GitSync[],
  gitTargets: readonly GitTarget[],
  workload: ObservedWorkload | undefined,
  config?: ObservedConfig,
): ObservedSource {
  const incomplete = incompleteCommit(rollout.metadata, gitSyncs);
  const source = recordedSource(rollout, gitSyncs, gitTargets, workload, config);
  return incomplete === undefined ? source : { ...source, incomplete };
}

function recordedSource(
  rollout: Rollout,
  gitSyncs: readonly GitSync[],
  gitTargets: readonly GitTarget[],
  workload: ObservedWorkload | undefined,
  config: ObservedConfig | undefined,
): ObservedSource {
  const { namespace, name, uid, generation } = rollout.metadata;
  const own = recordOf({ group: GROUP, kind: 'Rollout', namespace, name, uid }, gitSyncs);
  if (own === undefined) return noSource('no GitSync of this namespace has this Rollout on its record');
  const ref = rollout.spec.workloadRef;
  const holder = ref === undefined ? own : recordOf(workloadOf(rollout, ref, workload), gitSyncs);
  if (holder === undefined || holder.sync !== own.sync) {
    return noSource(`the GitSync ${own.sync.metadata.name} has this Rollout on its record, but not its ${ref?.kind} ${ref?.name}`);
  }
  const live = ref === undefined ? generation : workload?.generation;
  const source = configSource(rollout, config, own.sync);
  const current = live !== undefined && holder.generation === live && source !== 'Other';
  const commit = source === 'None' ? holder.commit : (own.closureCommit ?? holder.commit);
  return {
    provenance: current ? provenanceOf(holder, live, commit) : undefined,
    appliedCommit: current && own.generation === generation ? wholeCommit(own.sync) : undefined,
    ...matchTarget(rollout, holder, gitTargets),
  };
}
