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
  const commitIndex = (lines: string, message: string, branch: string, date: number): string => {
    const index = { GIT_INDEX_FILE: join(root, `index-${(count += 1)}`) };
    let parent: string | undefined;
    try {
      parent = tip(branch);
    } catch {
      parent = undefined;
    }
    if (parent !== undefined) run(['read-tree', parent], '', index);
    run(['update-index', '-z', '--index-info'], lines, index);
    const tree = run(['write-tree', '--missing-ok'], '', index);
    const who = {
      GIT_AUTHOR_NAME: 'Dana Dev',
      GIT_AUTHOR_EMAIL: 'dana@example.com',
      GIT_COMMITTER_NAME: 'Dana Dev',
      GIT_COMMITTER_EMAIL: 'dana@example.com',
    };
    const when = { GIT_AUTHOR_DATE: `${date} +0000`, GIT_COMMITTER_DATE: `${date} +0000` };
    const oid = run(['commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-F', '-'], message, { ...who, ...when });
    run(['update-ref', `refs/heads/${branch}`, oid]);
    return oid;
  };
  return {
    root,
    directory,
    url: `file://${directory}`,
    git: (...args) => run(args),
    tip,
    commit: (files, message, options = {}) => {
      const lines = Object.entries(files).map(([path, text]) => {
        if (text === null) return `0 ${'0'.repeat(40)}\t${path}\0`;
        return `100644 ${run(['hash-object', '-w', '--stdin'], text)}\t${path}\0`;
      });
      return commitIndex(lines.join(''), message, options.branch ?? 'main', options.date ?? 1_700_000_000 + count * 60);
    },
    commitEntry: (mode, oid, path) => commitIndex(`${mode} ${oid}\t${path}\0`, `add ${path}`, 'main', 1_700_000_000 + count * 60),
    hook: (name, script) => {
      const file = join(directory, 'hooks', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
