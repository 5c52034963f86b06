import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitCallOptions } from '../../ports/repository.ts';
import type { SecretValue } from '../../ports/secret.ts';
import { classifyStderr, gitError, showForeign } from './git-error.ts';
import { type ProcessResult, runProcess } from './run-process.ts';

export interface GitCommandOptions {
  readonly clock: Clock;
  /** Directory of this adapter alone, mode 0700: HOME, caches, credentials of running calls. */
  readonly workDirectory: string;
  /** Deadline of a call that names none. */
  readonly deadline: Millis;
  readonly outputLimit: number;
  /** Also allow `file` and plain `http`: demo and tests on this machine only. */
  readonly allowLocal: boolean;
  /** PATH, proxy and CA variables that git may see; nothing else of our environment reaches it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const PASSED_ON = ['PATH', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_EXEC_PATH'];

/** Config that no repository, user or system file can change: no hooks, filters, helpers, redirects or other transports (M7, M8). */
const HARDENED: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'credential.helper=',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'push.gpgSign=false',
  'transfer.fsckObjects=true',
  'transfer.bundleURI=false',
  'http.followRedirects=false',
  'http.sslVerify=true',
  'http.lowSpeedLimit=1024',
  'http.lowSpeedTime=30',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.version=2',
  'protocol.allow=never',
  'i18n.commitEncoding=utf-8',
  'i18n.logOutputEncoding=utf-8',
  'log.showSignature=false',
  'core.quotePath=false',
];

export interface GitCall extends GitCallOptions {
  readonly stdin?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly config?: readonly string[] | undefined;
  /** Directory of the bare repository; absent for `ls-remote` and `init`. */
  readonly gitDirectory?: string | undefined;
  /** Texts that no message may hold, should the other side echo them: the second line after never handing them to git's output. */
  readonly secrets?: readonly SecretValue[] | undefined;
}

export interface GitCommand {
  /** Runs git and answers whatever it said; throws for deadlines and output limits only. */
  attempt(args: readonly string[], call: GitCall): Promise<ProcessResult>;
  /** As `attempt`, but an exit code other than 0 throws, classified. `doing` says in words what was tried. */
  run(doing: string, args: readonly string[], call: GitCall): Promise<ProcessResult>;
}

function transports(allowLocal: boolean): readonly string[] {
  return allowLocal ? ['https', 'ssh', 'http', 'file'] : ['https', 'ssh'];
}

/** The authorities that the process trusts, in git's own names: its HTTP library looks at the usual variables in some builds only. */
function authorities(environment: GitCommandOptions['environment']): Readonly<Record<string, string>> {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: directory } = environment;
  return { ...(file === undefined ? {} : { GIT_SSL_CAINFO: file }), ...(directory === undefined ? {} : { GIT_SSL_CAPATH: directory }) };
}

/** The hardened environment of every git process. */
export function gitEnvironment(
  options: Pick<GitCommandOptions, 'workDirectory' | 'allowLocal' | 'environment'>,
): Readonly<Record<string, string>> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = options.environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    ...authorities(options.environment),
    HOME: join(options.workDirectory, 'home'),
    XDG_CONFIG_HOME: join(options.workDirectory, 'home'),
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_ALLOW_PROTOCOL: transports(options.allowLocal).join(':'),
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CEILING_DIRECTORIES: options.workDirectory,
  };
}

/** Foreign output for people, without the call's own secrets. */
export function showOutput(text: string, secrets: readonly SecretValue[] = []): string {
  const known = secrets.map((secret) => secret.reveal()).filter((secret) => secret.length > 0);
  return showForeign(known.reduce((shown, secret) => shown.replaceAll(secret, '[removed]'), text));
}

/** Starts git: never a shell, hardened environment and config, deadline on the whole process group. */
export function createGitCommand(options: GitCommandOptions): GitCommand {
  const base = gitEnvironment(options);
  const config = [...HARDENED, ...transports(options.allowLocal).map((name) => `protocol.${name}.allow=always`)];
  const attempt = async (args: readonly string[], call: GitCall): Promise<ProcessResult> => {
    await mkdir(join(options.workDirectory, 'home'), { recursive: true, mode: 0o700 });
    const flags = [...config, ...(call.config ?? [])].flatMap((setting) => ['-c', setting]);
    const where = call.gitDirectory === undefined ? [] : [`--git-dir=${call.gitDirectory}`];
    return runProcess(
      {
        file: 'git',
        args: ['--no-pager', '--literal-pathspecs', ...flags, ...where, ...args],
        cwd: options.workDirectory,
        env: { ...base, ...call.env },
        stdin: call.stdin,
        deadline: call.deadline ?? options.deadline,
        signal: call.signal,
        outputLimit: options.outputLimit,
      },
      options.clock,
    );
  };
  return {
    attempt,
    run: async (doing, args, call) => {
      const result = await attempt(args, call);
      if (result.code === 0) return result;
      const failure = classifyStderr(result.stderr);
      throw gitError(
        failure,
        `${doing} failed (${failure}): ${showOutput(result.stderr, call.secrets) || `git ended with code ${result.code}`}`,
      );
    },
  };
}
