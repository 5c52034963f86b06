import { normaliseRepositoryUrl } from '../../core/provenance/repository-url.ts';
import type { RepositoryCredential } from '../../ports/repository.ts';
import type { SecretValue } from '../../ports/secret.ts';

/** Whether a credential for this address may be sent to that one: the same repository, the same way. */
function isFor(only: string, url: string): boolean {
  const [wanted, asked] = [normaliseRepositoryUrl(only), normaliseRepositoryUrl(url)];
  return wanted !== undefined && wanted === asked;
}

/** A Secret's entries, decoded. */
export type SecretData = ReadonlyMap<string, SecretValue>;

/**
 * The credential that a Secret holds: `username` and `password`, or `identity` and `known_hosts`. A text says what is missing. One that names the repository that it is
 * for, as `url`, is used for no other: who may point an object elsewhere, and not read Secrets, would have it sent to an address of theirs (M5).
 */
export function repositoryCredential(secret: SecretData | undefined, url: string): RepositoryCredential | string {
  if (secret === undefined) return 'the Secret does not exist or may not be read';
  const only = secret.get('url')?.reveal();
  if (only !== undefined && !isFor(only, url)) return 'its key url names another repository, and it is used for that one alone';
  const overSsh = !/^(https?|file):/i.test(url);
  if (overSsh) {
    const [identity, hosts] = [secret.get('identity'), secret.get('known_hosts')];
    if (identity === undefined || hosts === undefined) return 'the Secret needs the keys identity and known_hosts for an ssh address';
    return { type: 'ssh', identity, knownHosts: hosts.reveal() };
  }
  const password = secret.get('password');
  if (password === undefined || password.reveal() === '') return 'the Secret needs the keys username and password';
  return { type: 'basic', username: secret.get('username')?.reveal() ?? 'git', password };
}
