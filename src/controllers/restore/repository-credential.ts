import type { RepositoryCredential } from '../../ports/repository.ts';
import type { SecretValue } from '../../ports/secret.ts';

/** A Secret's entries, decoded. */
export type SecretData = ReadonlyMap<string, SecretValue>;

/** The credential that a Secret holds: `username` and `password`, or `identity` and `known_hosts`. A text says what is missing. */
export function repositoryCredential(secret: SecretData | undefined, url: string): RepositoryCredential | string {
  if (secret === undefined) return 'the Secret does not exist or may not be read';
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
