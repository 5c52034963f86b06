import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The demo as a child process: the leader of its own process group, with a temporary directory of its own. */
export interface DemoProcess {
  readonly ended: Promise<Ended>;
  /** Everything on standard output so far. */
  out(): string;
  /** Resolves once standard output matches; rejects when the process ends before. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
  interrupt(): void;
  /** What it left in its temporary directory. */
  leftFiles(): readonly string[];
  /** Whether any process of its group still runs. */
  leftProcesses(): boolean;
  /** Ends it if it still runs, and removes its directory. */
  dispose(): Promise<void>;
}

/** Starts `node src/main.ts demo` as the README does. */
export function startDemo(words: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): DemoProcess {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-demo-test-'));
  const env = { ...process.env, TMPDIR: directory, ...environment };
  const child = spawn(process.execPath, ['src/main.ts', 'demo', ...words], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
    for (const look of watchers) look();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...text })));
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    ended,
    out: () => text.out,
    saw: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text.out);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        void ended.then(() => reject(new Error(`ended before ${pattern}:\n${text.out}\n${text.err}`)));
        look();
      }),
    interrupt: () => void child.kill('SIGINT'),
    leftFiles: () => readdirSync(directory),
    leftProcesses: () => groupExists(child.pid ?? 0),
    dispose: async () => {
      if (running()) child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    // ESRCH: there is none.
    return false;
  }
}

/** Whether something listens on this loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
