import { type ChildProcess, spawn } from 'node:child_process';
import { type Millis, millis } from '../../api/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { gitError } from './git-error.ts';

export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  readonly deadline: Millis;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of stdout after which the process is ended. */
  readonly outputLimit: number;
}

export interface ProcessResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** How long a process group may take to end after SIGTERM. */
const GRACE = millis(3000);
const STDERR_LIMIT = 64 * 1024;

type Ending = 'deadline' | 'aborted' | 'output';

/** Ends every process of the group that `child` leads; those that are gone already are no error. */
function signalGroup(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // ESRCH: the group has ended.
  }
}

function endingError(ending: Ending, request: ProcessRequest): Error {
  switch (ending) {
    case 'deadline':
      return gitError('Timeout', `git did not finish within ${request.deadline / 1000} s and was ended; it is tried again`);
    case 'aborted':
      return gitError('Timeout', 'the git call was given up because the work it belonged to has ended');
    case 'output':
      return gitError('TooLarge', `git wrote more than ${request.outputLimit} bytes; the repository is too large for this path`);
  }
}

/** Cuts a process short, once: SIGTERM to its group, SIGKILL after the grace period. */
function createEnder(
  child: ChildProcess,
  clock: Clock,
): { readonly end: (why: Ending) => void; readonly ended: () => Ending | undefined; readonly stop: () => void } {
  let ending: Ending | undefined;
  let kill: Timer | undefined;
  return {
    end: (why) => {
      if (ending !== undefined) return;
      ending = why;
      signalGroup(child, 'SIGTERM');
      kill = clock.startTimer(GRACE, () => {
        signalGroup(child, 'SIGKILL');
      });
    },
    ended: () => ending,
    stop: () => kill?.cancel(),
  };
}

/**
 * Runs a program without a shell in a process group of its own. Resolves when it has ended by itself, whatever its exit code; a deadline, an abort or too much
 * output ends the whole group and rejects. No process of the group is left when the promise settles.
 */
export function runProcess(request: ProcessRequest, clock: Clock): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted === true) {
      reject(endingError('aborted', request));
      return;
    }
    const child = spawn(request.file, request.args, {
      cwd: request.cwd,
      env: { ...request.env },
      detached: true,
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const ender = createEnder(child, clock);
    const deadline = clock.startTimer(request.deadline, () => ender.end('deadline'));
    const onAbort = (): void => ender.end('aborted');
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    const settle = (done: () => void): void => {
      deadline.cancel();
      ender.stop();
      request.signal?.removeEventListener('abort', onAbort);
      signalGroup(child, 'SIGKILL');
      done();
    };
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > request.outputLimit) ender.end('output');
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_LIMIT) stderr += chunk.toString('utf8');
    });
    child.on('error', (error) => settle(() => reject(gitError('Unknown', `git could not be started: ${error.message}`))));
    child.on('close', (code) => {
      const why = ender.ended();
      settle(() =>
        why === undefined ? resolve({ code: code ?? -1, stdout: Buffer.concat(chunks), stderr }) : reject(endingError(why, request)),
      );
    });
    // A process that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(request.stdin ?? '');
  });
}
