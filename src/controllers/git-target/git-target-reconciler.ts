import type { Cached } from '../../api/cached.ts';
import { formatProblem } from '../../api/field-problem.ts';
import type { GitTarget, GitTargetStatus } from '../../api/git-target.ts';
import { GIT_TARGET } from '../../api/kinds.ts';
import { instant } from '../../api/time.ts';
import { isBranchName, normaliseDirectory } from '../../core/provenance/git-names.ts';
import { parseRepositoryUrl } from '../../core/provenance/repository-url.ts';
import { type ReadyState, setConditions } from '../../core/sync/set-conditions.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { writeUnreadable } from '../git-sync/write-unreadable.ts';
import { repositoryCredential, type SecretData } from '../restore/repository-credential.ts';
import type { Reconciler } from '../runtime/reconciler.ts';
import { writeStatus } from '../runtime/write-status.ts';

const RECHECK = 300_000;

export interface GitTargetDeps {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly gitTargets: Store<Cached<GitTarget>>;
  /** A Secret of Sluice's own namespace. */
  readonly readSecret: (name: string) => Promise<SecretData | undefined>;
  /** Also take `file` and plain `http`: demo and tests. */
  readonly allowLocal?: boolean | undefined;
}

function specProblem(target: GitTarget, allowLocal: boolean): string | undefined {
  const { url, branch, paths } = target.spec;
  const parsed = parseRepositoryUrl(url, { allowLocal });
  if (!parsed.ok) return `spec.url: ${parsed.problem}`;
  if (!isBranchName(branch)) return 'spec.branch is no name of a branch; write it without refs/heads/';
  const bad = paths.findIndex((path) => normaliseDirectory(path.prefix) === undefined);
  return bad < 0 ? undefined : `spec.paths[${bad}].prefix leaves the repository; write it relative to the root, without ..`;
}

async function judge(deps: GitTargetDeps, target: GitTarget): Promise<ReadyState> {
  const problem = specProblem(target, deps.allowLocal === true);
  if (problem !== undefined) return { ready: 'False', reason: 'InvalidSpec', message: problem, stalled: true };
  if (target.spec.mode === 'PullRequest') {
    return { ready: 'False', reason: 'Unsupported', message: 'spec.mode: PullRequest is not supported yet; use Direct', stalled: true };
  }
  if (target.spec.signing !== undefined) {
    return { ready: 'False', reason: 'Unsupported', message: 'spec.signing is not supported yet; leave it out', stalled: true };
  }
  const name = target.spec.secretRef?.name;
  const credential = name === undefined ? undefined : repositoryCredential(await deps.readSecret(name), target.spec.url);
  if (typeof credential === 'string')
    return { ready: 'False', reason: 'CredentialMissing', message: `spec.secretRef ${name}: ${credential}`, reconciling: true };
  return { ready: 'True', reason: 'Ready', message: 'restore commits can be written here' };
}

/** Says whether a GitTarget can be used; the record of its budget is left as it is. */
export function createGitTargetReconciler(deps: GitTargetDeps): Reconciler {
  return {
    name: 'git-target',
    reconcile: async (key, signal) => {
      const cached = deps.gitTargets.get(key);
      if (cached === undefined || cached.raw.metadata.deletionTimestamp !== undefined) return {};
      const { raw, parsed } = cached;
      if (!parsed.ok) {
        const message = parsed.problems.map(formatProblem).join('; ');
        await writeUnreadable({ cluster: deps.cluster, clock: deps.clock, kind: GIT_TARGET }, raw, message, signal);
        return {};
      }
      const state = await judge(deps, parsed.value);
      const before = parsed.value.status;
      const status: GitTargetStatus = {
        ...before,
        observedGeneration: raw.metadata.generation ?? 0,
        phase: state.reason,
        message: state.message,
        conditions: setConditions(before?.conditions, state, raw.metadata.generation, deps.clock.now()),
      };
      await writeStatus(deps.cluster, GIT_TARGET, raw, status, signal);
      return { requeueAt: instant(deps.clock.now() + RECHECK) };
    },
  };
}
