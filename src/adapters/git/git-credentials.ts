import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryCredential } from '../../ports/repository.ts';

const PRIVATE_FILE = 0o600;

/** Answers git's two questions from files that only this user can read; git runs it as a program, without a shell line. */
const ASKPASS = `#!/bin/sh
case "$1" in
  Username*) exec cat "\${SLUICE_ASKPASS_DIR:?}/username" ;;
  Password*) exec cat "\${SLUICE_ASKPASS_DIR:?}/password" ;;
esac
exit 1
`;

/** Writes the askpass program; once for each adapter. */
export async function writeAskpass(directory: string): Promise<string> {
  const file = join(directory, 'askpass');
  await writeFile(file, ASKPASS, { mode: 0o700 });
  await chmod(file, 0o700);
  return file;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The ssh line that git hands to a shell: this key and these host keys alone, no configuration, no agent, no question, no forwarding. Paths are quoted twice,
 * for the shell and for ssh, which splits a list of files at spaces.
 */
export function sshCommand(identity: string, knownHosts: string): string {
  const options = [
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile="${knownHosts}"`,
    'GlobalKnownHostsFile=/dev/null',
    'ClearAllForwardings=yes',
    'ConnectTimeout=15',
  ];
  return ['ssh', '-F', '/dev/null', '-i', shellQuoted(identity), ...options.flatMap((option) => ['-o', shellQuoted(option)])].join(' ');
}

export interface LentCredential {
  readonly env: Readonly<Record<string, string>>;
  /** Takes the files away again. */
  release(): Promise<void>;
}

const NOTHING: LentCredential = { env: {}, release: () => Promise.resolve() };

/** Puts a credential where one git call can read it: files of mode 0600 in a directory of its own, never in argv, the environment or the URL. */
export async function lendCredential(credential: RepositoryCredential, workDirectory: string, askpass: string): Promise<LentCredential> {
  if (credential.type === 'none') return NOTHING;
  const directory = await mkdtemp(join(workDirectory, 'credential-'));
  const release = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    if (credential.type === 'basic') {
      await writeFile(join(directory, 'username'), credential.username, { mode: PRIVATE_FILE });
      await writeFile(join(directory, 'password'), credential.password.reveal(), { mode: PRIVATE_FILE });
      return { env: { GIT_ASKPASS: askpass, SLUICE_ASKPASS_DIR: directory }, release };
    }
    const identity = join(directory, 'identity');
    const hosts = join(directory, 'known_hosts');
    const key = credential.identity.reveal();
    await writeFile(identity, key.endsWith('\n') ? key : `${key}\n`, { mode: PRIVATE_FILE });
    await writeFile(hosts, credential.knownHosts, { mode: PRIVATE_FILE });
    return { env: { GIT_SSH_COMMAND: sshCommand(identity, hosts), GIT_SSH_VARIANT: 'ssh' }, release };
  } catch (error) {
    await release();
    throw error;
  }
}
