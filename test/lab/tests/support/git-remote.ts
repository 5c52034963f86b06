import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ADDRESSES, GIT_USER } from '../../run/addresses.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { sshFiles, sshUrl } from '../../run/ssh.ts';

const run = promisify(execFile);

interface Commit {
  readonly oid: string;
  readonly message: string;
}

/** How Git reaches the lab's repositories. */
export type GitTransport = 'https' | 'ssh';

/** A repository on the lab's Git server and a person's clone of it. */
export interface GitRemote {
  /** Without credentials. */
  readonly url: string;
  /** What a Secret for it holds. */
  readonly credential: Readonly<Record<string, string>>;
  /** Commits whole files and pushes over HTTPS, on top of whatever is there; answers the commit. */
  push(message: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** The branch on the server, newest first. */
  log(): Promise<readonly Commit[]>;
  read(commit: string, file: string): Promise<string>;
}

/** Where a repository lies, and how it is reached. */
export interface GitPlace extends Pick<GitRemote, 'url' | 'credential'> {
  readonly bare: string;
  /** Of the person who pushes. */
  readonly user: { readonly name: string; readonly password: string };
  /** Over which they push; the repository's own one when absent. */
  readonly pushUrl?: string;
}

/** Makes an empty bare repository that the lab's servers serve. */
async function makePlace(lab: LabFiles, prefix: string, transport: GitTransport): Promise<GitPlace> {
  const bare = path.join(lab.repositories, `${prefix}-${randomBytes(3).toString('hex')}.git`);
  const git = (...args: readonly string[]) => run('git', [...args], { env: environment(lab) });
  await git('init', '--quiet', '--bare', '--initial-branch=main', bare);
  for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant', 'http.receivepack'])
    await git('--git-dir', bare, 'config', setting, 'true');
  const https = { url: `${ADDRESSES.git}/${path.basename(bare)}`, credential: { username: GIT_USER.name, password: GIT_USER.password } };
  if (transport === 'https') return { bare, user: GIT_USER, ...https };
  const { identity, knownHosts } = sshFiles(lab);
  const credential = { identity: readFileSync(identity, 'utf8'), known_hosts: readFileSync(knownHosts, 'utf8') };
  return { bare, user: GIT_USER, url: sshUrl(bare), pushUrl: https.url, credential };
}

function environment(lab: LabFiles): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: lab.directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_SSL_CAINFO: lab.authority,
    GIT_AUTHOR_NAME: 'Dana Dev',
    GIT_AUTHOR_EMAIL: 'dana@example.com',
    GIT_COMMITTER_NAME: 'Dana Dev',
    GIT_COMMITTER_EMAIL: 'dana@example.com',
  };
}

/** A new repository of the lab, which people push to over HTTPS. */
export async function createGitRemote(lab: LabFiles, prefix: string, transport: GitTransport = 'https'): Promise<GitRemote> {
  return openGitRemote(lab, await makePlace(lab, prefix, transport));
}

/** An empty repository as a person sees it: with a clone. */
export async function openGitRemote(lab: LabFiles, place: GitPlace): Promise<GitRemote> {
  const { bare, user, url, credential } = place;
  const clone = path.join(lab.directory, `clone-${path.basename(bare, '.git')}`);
  const git = async (...args: readonly string[]): Promise<string> => (await run('git', [...args], { env: environment(lab) })).stdout;
  const inBare = (...args: readonly string[]): Promise<string> => git('--git-dir', bare, ...args);
  const inClone = (...args: readonly string[]): Promise<string> => git('-C', clone, ...args);
  const address = new URL(place.pushUrl ?? url);
  Object.assign(address, { username: user.name, password: user.password });
  await git('clone', '--quiet', address.href, clone);
  let first = true;

  return {
    url,
    credential,
    async push(message, files) {
      if (!first) await inClone('pull', '--quiet', '--rebase');
      first = false;
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
        writeFileSync(path.join(clone, file), text);
      }
      await inClone('add', '--all');
      await inClone('commit', '--quiet', '--message', message);
      await inClone('push', '--quiet', 'origin', 'HEAD:main');
      return (await inClone('rev-parse', 'HEAD')).trim();
    },
    async log() {
      const out = await inBare('log', '--format=%H%x00%B%x1e', 'main');
      return out
        .split('\x1e')
        .map((entry) => entry.trim().split('\0'))
        .flatMap(([oid, message]) => (oid === undefined || oid === '' ? [] : [{ oid, message: message ?? '' }]));
    },
    read: (commit, file) => inBare('cat-file', 'blob', `${commit}:${file}`),
  };
}
