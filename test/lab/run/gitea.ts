import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { binaryPath, partFiles } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';
import { ADDRESSES, GIT_USER, portOf } from './addresses.ts';
import type { LabFiles } from './lab-files.ts';
import type { PartCommand } from './part-command.ts';

const run = promisify(execFile);

function home(files: LabFiles, ...below: readonly string[]): string {
  return path.join(files.directory, 'gitea', ...below);
}

/** Nothing that a test does not need: no mail, no search index, no jobs of its own, no look outside. */
function settings(files: LabFiles): string {
  return `APP_NAME = lab
RUN_USER = ${userInfo().username}
RUN_MODE = prod
WORK_PATH = ${home(files)}
[server]
PROTOCOL = https
CERT_FILE = ${files.authority}
KEY_FILE = ${files.authorityKey}
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${portOf(ADDRESSES.gitea)}
ROOT_URL = ${ADDRESSES.gitea}/
STATIC_ROOT_PATH = ${partFiles(partNamed('gitea'))}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = ${home(files, 'gitea.db')}
[repository]
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
SECRET_KEY = lab
[service]
DISABLE_REGISTRATION = true
[webhook]
ALLOWED_HOST_LIST = loopback
[cron]
ENABLED = false
[indexer]
REPO_INDEXER_ENABLED = false
ISSUE_INDEXER_TYPE = db
[packages]
ENABLED = false
[actions]
ENABLED = false
[log]
MODE = console
LEVEL = warn
`;
}

function environment(files: LabFiles): Readonly<Record<string, string>> {
  // Its own switch for a server that runs as root; this one lives as long as a test.
  return { HOME: home(files), GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: 'true' };
}

/** Bare repositories of the forge: `owner/name.git`. */
export function giteaRepository(files: LabFiles, owner: string, name: string): string {
  return home(files, 'data', 'gitea-repositories', owner, `${name}.git`);
}

/** The administrator's token for the forge's API. */
export function giteaToken(files: LabFiles): string {
  return readFileSync(home(files, 'token'), 'utf8');
}

/** Makes the database, an administrator and a token of theirs, once a lab. */
export async function prepareGitea(files: LabFiles): Promise<void> {
  if (existsSync(home(files, 'token'))) return;
  mkdirSync(home(files), { recursive: true, mode: 0o700 });
  const config = home(files, 'app.ini');
  writeFileSync(config, settings(files), { mode: 0o600 });
  const gitea = async (...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, ...environment(files) };
    return (await run(binaryPath(partNamed('gitea')), ['--config', config, ...args], { env, cwd: home(files) })).stdout;
  };
  await gitea('migrate');
  const who = ['--username', GIT_USER.name];
  const secret = ['--password', GIT_USER.password, '--must-change-password=false'];
  await gitea('admin', 'user', 'create', '--admin', ...who, ...secret, '--email', 'sluice@lab.invalid');
  const token = await gitea('admin', 'user', 'generate-access-token', ...who, '--token-name', 'lab', '--scopes', 'all', '--raw');
  writeFileSync(home(files, 'token'), token.trim().split('\n').at(-1) ?? '', { mode: 0o600 });
}

/** The forge. */
export function giteaCommand(files: LabFiles): PartCommand {
  return {
    program: binaryPath(partNamed('gitea')),
    args: ['--config', home(files, 'app.ini'), 'web'],
    env: environment(files),
    ready: `${ADDRESSES.gitea}/api/healthz`,
  };
}
