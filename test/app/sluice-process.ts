import { spawn } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The main program as a child process. */
export interface SluiceProcess {
  readonly ended: Promise<Ended>;
  out(): string;
  /** Resolves with the first line of standard output that matches; rejects when the process ends before. */
  line(pattern: RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
}

/** Starts `node src/main.ts` with these words, with nothing of this environment but PATH and what is given. */
export function startSluice(words: readonly string[], environment: Readonly<Record<string, string>> = {}): SluiceProcess {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment };
  const child = spawn(process.execPath, ['src/main.ts', ...words], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
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
  return {
    ended,
    out: () => text.out,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = text.out.split('\n').find((line) => pattern.test(line));
          if (found === undefined) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        void ended.then(() => reject(new Error(`ended before ${pattern}:\n${text.out}\n${text.err}`)));
        look();
      }),
    signal: (name) => void child.kill(name),
  };
}
