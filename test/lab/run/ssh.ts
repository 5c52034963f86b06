import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { binaryPath, unpackedRoot } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';
import { libraryPath } from '../build/system-program.ts';
import { ADDRESSES, portOf } from './addresses.ts';
import type { LabFiles } from './lab-files.ts';
import type { PartCommand } from './part-command.ts';

/** Who logs in; the server runs no command for this user but git's own. */
const SSH_USER = 'git';

/** Keys and configuration of the lab's SSH server. */
export interface SshFiles {
  readonly hostKey: string;
  /** What may log in. */
  readonly identity: string;
  /** What a client has to know of the server, as ssh writes it. */
  readonly knownHosts: string;
  readonly config: string;
  readonly passwd: string;
}

/** Where they lie. */
export function sshFiles(files: LabFiles): SshFiles {
  const at = (name: string): string => path.join(files.directory, 'ssh', name);
  return {
    hostKey: at('host_key'),
    identity: at('identity'),
    knownHosts: at('known_hosts'),
    config: at('sshd_config'),
    passwd: at('passwd'),
  };
}

/** A new key pair beside `file`; answers the public half. */
export function makeSshKey(file: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

/** The line of known_hosts for the lab's server with this key. */
export function knownHostsLine(publicKey: string): string {
  return `[127.0.0.1]:${portOf(ADDRESSES.sshd)} ${publicKey}\n`;
}

/** The address of a bare repository. */
export function sshUrl(directory: string): string {
  return `ssh://${SSH_USER}@127.0.0.1:${portOf(ADDRESSES.sshd)}${directory}`;
}

/** In a user namespace of an ordinary user, the id that is its own outside: the server must not take itself for root. */
const PLAIN_USER = 1000;

function isMappedRoot(): boolean {
  return !/^\s*0\s+0\s/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}

/** Writes keys and configuration, once a lab. */
export function writeSshConfig(files: LabFiles): void {
  const ssh = sshFiles(files);
  if (existsSync(ssh.config)) return;
  mkdirSync(path.dirname(ssh.config), { recursive: true, mode: 0o700 });
  writeFileSync(ssh.knownHosts, knownHostsLine(makeSshKey(ssh.hostKey)));
  const authorized = path.join(path.dirname(ssh.config), 'authorized_keys');
  writeFileSync(authorized, `command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"",restrict ${makeSshKey(ssh.identity)}\n`, { mode: 0o600 });
  const id = isMappedRoot() ? PLAIN_USER : 0;
  const users = [`${SSH_USER}:x:${id}:${id}::${files.directory}:/bin/sh`, 'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin'];
  writeFileSync(ssh.passwd, `${users.join('\n')}\n`);
  const lines = [
    `ListenAddress 127.0.0.1:${portOf(ADDRESSES.sshd)}`,
    `HostKey ${ssh.hostKey}`,
    'PidFile none',
    `AuthorizedKeysFile ${authorized}`,
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    // The lab's directory may lie below one that everybody may write to.
    'StrictModes no',
    'PermitRootLogin forced-commands-only',
    'AllowTcpForwarding no',
    'X11Forwarding no',
    // Protocol 2 of Git, and with it partial clones.
    'AcceptEnv GIT_PROTOCOL',
  ];
  writeFileSync(ssh.config, `${lines.join('\n')}\n`);
}

/** How the server is started: it wants users of its own and a folder in /run, which it gets in a mount namespace of its own. */
export function sshdCommand(files: LabFiles): PartCommand {
  const ssh = sshFiles(files);
  const part = partNamed('sshd');
  const libraries = part.from === 'debian' ? libraryPath(unpackedRoot(part)) : '';
  const asPlainUser = isMappedRoot() ? ['unshare', '--user', `--map-user=${PLAIN_USER}`, `--map-group=${PLAIN_USER}`] : [];
  const setUp = 'mount --bind "$1" /etc/passwd && mount -t tmpfs tmpfs /run && mkdir /run/sshd && shift && exec "$@"';
  return {
    program: 'unshare',
    args: ['--mount', 'sh', '-c', setUp, 'sh', ssh.passwd, ...asPlainUser, binaryPath(part), '-D', '-e', '-f', ssh.config],
    ...(libraries === '' ? {} : { env: { LD_LIBRARY_PATH: libraries } }),
    ready: ADDRESSES.sshd,
  };
}
