import { parseDuration } from '../../api/duration.ts';
import type { GitSync } from '../../api/git-sync.ts';
import { SECRET } from '../../api/kinds.ts';
import { type Build, buildManifests, manifestFiles, treeProblems } from '../../core/sync/build-manifests.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { SluiceError } from '../../ports/errors.ts';
import type { GitCallOptions, Repository, RepositoryCredential } from '../../ports/repository.ts';
import { repositoryCredential } from '../restore/repository-credential.ts';
import { secretData } from '../restore/secret-data.ts';
import type { GitSyncDeps } from './sync-deps.ts';

export interface Source {
  readonly repository: Repository;
  readonly tip: string;
  readonly build: Build;
  readonly options: GitCallOptions;
}

async function credentialOf(sync: GitSync, as: Cluster, signal: AbortSignal): Promise<RepositoryCredential> {
  const name = sync.spec.secretRef?.name;
  if (name === undefined) return { type: 'none' };
  const secret = await as.get(SECRET, { namespace: sync.metadata.namespace, name }, { signal });
  const credential = repositoryCredential(secretData(secret), sync.spec.url);
  if (typeof credential === 'string') {
    throw new SluiceError('forbidden', `the Secret ${name} cannot be used: ${credential}`, { details: { git: 'Authentication' } });
  }
  return credential;
}

/** Fetches the branch and reads the manifests of its tip; the credential is read with the rights of the service account. */
export async function loadSource(deps: GitSyncDeps, sync: GitSync, directory: string, as: Cluster, signal: AbortSignal): Promise<Source> {
  const credential = await credentialOf(sync, as, signal);
  const repository = deps.repositories.open({ url: sync.spec.url, credential });
  const options = { signal, deadline: parseDuration(sync.spec.timeout) };
  const tip = await repository.fetch(sync.spec.branch, options);
  const entries = await repository.listFiles(tip, directory, options);
  const problems = treeProblems(entries);
  const unsupported = problems.some((problem) => problem.reason === 'Unsupported');
  const files = unsupported ? [] : manifestFiles(entries);
  const texts = await repository.readBlobs(
    files.map((file) => file.oid),
    options,
  );
  const build = buildManifests(
    files.map((file) => ({ path: file.path, text: texts.get(file.oid) ?? '' })),
    { namespace: sync.metadata.namespace ?? '', kinds: deps.kinds?.() },
  );
  return { repository, tip, build: { ...build, problems: [...problems, ...build.problems] }, options };
}
