import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ENV = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C',
};

export interface BareRepository {
  /** Directory that is removed at the end. */
  readonly root: string;
  readonly directory: string;
  readonly url: string;
  git(...args: string[]): string;
  /** Commits onto a branch as a person would push; null deletes a file. Answers the commit. */
  commit(
    files: Readonly<Record<string, string | null>>,
    message: string,
    options?: { readonly branch?: string; readonly date?: number },
  ): string;
  /** Adds one entry of any mode (symlink 120000, submodule 160000). */
  commitEntry(mode: string, oid: string, path: string): string;
  tip(branch?: string): string;
  hook(name: string, script: string): void;
  remove(): void;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** A real bare repository in a temporary directory. */
export function createBareRepository(): BareRepository {
  const root = mkdtempSync(join(tmpdir(), 'sluice-git-'));
  const directory = join(root, 'repository.git');
  let count = 0;
  const run = (args: readonly string[], input?: string, env: Readonly<Record<string, string>> = {}): string =>
    execFileSync('git', ['--git-dir', directory, ...args], {
      env: { ...ENV, ...env },
      input: input ?? '',
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    }).trim();
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', directory], { env: ENV });
  for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant', 'http.receivepack']) run(['config', setting, 'true']);
  const tip = (branch = 'main'): string => run(['rev-parse', '--verify', `refs/heads/${branch}`]);
  const branches = new Set<string>();
  /** One process for one commit, with the object id that `git commit-tree` gives. */
  const importCommit = (changes: readonly string[], message: string, branch: string, date: number): string => {
    const who = `Dana Dev <dana@example.com> ${date} +0000`;
    const from = branches.has(branch) ? [`from refs/heads/${branch}^0`] : [];
    const head = [`commit refs/heads/${branch}`, 'mark :1', `author ${who}`, `committer ${who}`, data(message), ...from];
    branches.add(branch);
    count += 1;
    return run(['fast-import', '--quiet', '--force', '--date-format=raw'], [...head, ...changes, '', 'get-mark :1', 'done', ''].join('\n'));
  };
  return {
    root,
    directory,
    url: `file://${directory}`,
    git: (...args) => run(args),
    tip,
    commit: (files, message, options = {}) => {
      const changes = Object.entries(files).map(([path, text]) => (text === null ? `D ${path}` : `M 100644 inline ${path}\n${data(text)}`));
      return importCommit(changes, message, options.branch ?? 'main', options.date ?? 1_700_000_000 + count * 60);
    },
    commitEntry: (mode, oid, path) => importCommit([`M ${mode} ${oid} ${path}`], `add ${path}`, 'main', 1_700_000_000 + count * 60),
    hook: (name, script) => {
      const file = join(directory, 'hooks', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
