import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RELEASE } from '../../../chart/render.ts';
import type { LabFiles } from '../../run/lab-files.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', '..', '..', 'src', 'main.ts');
/** For controllers that are killed, so that a test sees them replaced within seconds. A loaded machine may take such a lease from one that lives. */
export const SHORT_LEASE: readonly string[] = ['--lease-duration=6s', '--renew-deadline=4s', '--retry-period=500ms'];

/** How a controller is started in another way than from its source with the usual lease. */
export interface ControllerOptions {
  /** A program and its first arguments. */
  readonly program?: readonly [string, ...string[]];
  readonly flags?: readonly string[];
}

/** The real controller, in a process of its own. */
export interface ControllerProcess {
  readonly name: string;
  readonly pid: number;
  /** File of the log; processes of the same name before this one wrote to it too. */
  readonly log: string;
  /** What this process has logged so far. */
  logged(): string;
  /** SIGKILL: nothing is given back. */
  kill(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** Its exit code, once it ends by itself. */
  ended(): Promise<number | null>;
}

/** Starts `sluice controller` with a kubeconfig; its log goes to the lab's directory. */
export function startController(lab: LabFiles, kubeconfig: string, name: string, options: ControllerOptions = {}): ControllerProcess {
  const cache = path.join(lab.directory, `cache-${name}`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const file = path.join(lab.directory, `${name}.log`);
  const log = openSync(file, 'a');
  const before = fstatSync(log).size;
  const flags = [
    `--own-namespace=${RELEASE.namespace}`,
    '--metrics-address=off',
    '--health-address=off',
    `--git-cache-dir=${cache}`,
    ...(options.flags ?? []),
  ];
  const [program, ...first] = options.program ?? [process.execPath, MAIN];
  const child = spawn(program, [...first, 'controller', ...flags], {
    env: { PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig, SSL_CERT_FILE: lab.authority, POD_NAME: name },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return (await exited)[0];
  };
  return {
    name,
    pid: child.pid ?? 0,
    log: file,
    logged: () => readFileSync(file).subarray(before).toString('utf8'),
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    ended: async () => (await exited)[0],
  };
}
