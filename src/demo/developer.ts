import type { GitCommand } from '../adapters/git/git-command.ts';
import { formatInstant, type Instant } from '../api/time.ts';

/** A commit as a developer makes one: whole files by their path in the repository. */
export interface DeveloperCommit {
  readonly author: string;
  readonly message: string;
  readonly files: Readonly<Record<string, string>>;
  readonly at: Instant;
}

/** The shared repository as the people of the story use it. */
export interface Developer {
  /** Pushes the commits, oldest first, in one go; answers their ids. */
  push(commits: readonly DeveloperCommit[]): Promise<readonly string[]>;
  /** What `git show` prints of a commit. */
  show(commit: string): Promise<string>;
  /** A file's text at a commit or branch. */
  read(commit: string, path: string): Promise<string>;
  /** Ids and subjects, newest first. */
  log(): Promise<readonly { readonly oid: string; readonly message: string }[]>;
}

/** Makes a bare repository with an empty branch `main`. */
export async function createDeveloper(git: GitCommand, directory: string): Promise<Developer> {
  await git.run('making the repository', ['init', '--quiet', '--bare', '--initial-branch=main', directory], {});
  for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant']) {
    await git.run('setting up the repository', ['config', setting, 'true'], { gitDirectory: directory });
  }
  const call = { gitDirectory: directory };
  const text = async (doing: string, args: readonly string[]): Promise<string> =>
    (await git.run(doing, args, call)).stdout.toString('utf8');
  let started = false;

  return {
    push: async (commits) => {
      const marks = commits.map((commit, index) => fastImport(commit, index + 1, started && index === 0));
      const print = commits.map((_, index) => `get-mark :${index + 1}\n`);
      const stream = marks.map((mark, index) => mark + (print[index] ?? '')).join('');
      const result = await git.run('pushing', ['fast-import', '--quiet'], { ...call, stdin: stream });
      started = true;
      return result.stdout.toString('utf8').trim().split('\n');
    },
    show: (commit) => text('showing a commit', ['show', '--no-color', commit]),
    read: (commit, path) => text('reading a file', ['cat-file', 'blob', `${commit}:${path}`]),
    log: async () => {
      const out = await text('reading the history', ['log', '--format=%H%x00%B%x1e', 'main']);
      return out
        .split('\x1e')
        .map((entry) => entry.trim().split('\0'))
        .flatMap(([oid, message]) => (oid === undefined || oid === '' ? [] : [{ oid, message: (message ?? '').trim() }]));
    },
  };
}

/** One commit in git's fast-import format; texts are counted in bytes. `continues` takes up the branch as an earlier stream left it. */
function fastImport(commit: DeveloperCommit, mark: number, continues: boolean): string {
  const email = `${commit.author.toLowerCase().replaceAll(/[^a-z]+/g, '.')}@shop.example`;
  const seconds = Math.floor(Date.parse(formatInstant(commit.at)) / 1000);
  const files = Object.entries(commit.files).map(([path, content]) => `M 100644 inline ${path}\n${data(content)}`);
  return [
    'commit refs/heads/main\n',
    `mark :${mark}\n`,
    `committer ${commit.author} <${email}> ${seconds} +0000\n`,
    data(commit.message),
    continues ? 'from refs/heads/main^0\n' : '',
    ...files,
    '\n',
  ].join('');
}

function data(content: string): string {
  return `data ${Buffer.byteLength(content)}\n${content}\n`;
}
