import type { GitSync } from '../../api/git-sync.ts';
import { isBranchName, normaliseDirectory } from '../../core/provenance/git-names.ts';

const SERVICE_ACCOUNT = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** Why a GitSync cannot be worked on until somebody changes it; undefined when it can. */
export function specProblem(sync: GitSync): string | undefined {
  const { serviceAccountName, branch, path } = sync.spec;
  if (serviceAccountName === undefined || serviceAccountName === '') {
    return 'spec.serviceAccountName is missing: GitSync applies only as a service account of its own namespace; name one';
  }
  if (!SERVICE_ACCOUNT.test(serviceAccountName)) return 'spec.serviceAccountName is no name of a ServiceAccount';
  if (!isBranchName(branch)) return 'spec.branch is no name of a branch; write it without refs/heads/';
  if (normaliseDirectory(path) === undefined) return 'spec.path leaves the repository; write it relative to the root, without ..';
  return undefined;
}

/** The service account as impersonation names it. No groups are asked for: the API server adds those of a service account itself, and asking needs one more right. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
