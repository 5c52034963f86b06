import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { commandOf } from './commands.ts';
import type { LabFiles } from './lab-files.ts';
import type { RunPart } from './run-parts.ts';
import { waitForAnswer } from './wait-for-answer.ts';

export interface PartState {
  readonly part: RunPart;
  /** Process id inside the lab; undefined when it does not run. */
  readonly pid: number | undefined;
  /** How it ended, when nobody had asked for it. */
  readonly ended?: string | undefined;
}

/** Starts and ends the parts of a lab; it never starts one again by itself: a part that dies is a finding. */
export interface Supervisor {
  /** Resolves once the part answers. */
  start(part: RunPart): Promise<void>;
  /** Resolves once the part is gone; does nothing when it does not run. */
  stop(part: RunPart, signal: NodeJS.Signals): Promise<void>;
  /** Sends a signal that does not end it, such as SIGSTOP. */
  signal(part: RunPart, signal: NodeJS.Signals): void;
  states(): readonly PartState[];
}

/** The supervisor of the lab in these files. */
export function createSupervisor(files: LabFiles): Supervisor {
  const children = new Map<RunPart, ChildProcess>();
  const ended = new Map<RunPart, string>();

  function spawnPart(part: RunPart): ChildProcess {
    const { program, args, env } = commandOf(part, files);
    const log = openSync(files.log(part), 'a');
    const child = spawn(program, [...args], { cwd: files.directory, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
    closeSync(log);
    children.set(part, child);
    ended.delete(part);
    child.once('error', (error) => ended.set(part, error.message));
    child.once('exit', (code, signal) => {
      if (children.get(part) !== child) return;
      children.delete(part);
      ended.set(part, signal === null ? `exit code ${code}` : signal);
    });
    return child;
  }

  return {
    async start(part) {
      if (children.has(part)) return;
      spawnPart(part);
      const { ready } = commandOf(part, files);
      if (ready === undefined) return;
      await waitForAnswer(ready, () => {
        const why = ended.get(part);
        if (why !== undefined) throw new Error(`${part} ended before it answered: ${why}; see its log`);
      });
    },
    async stop(part, signal) {
      const child = children.get(part);
      if (child === undefined) return;
      children.delete(part);
      const gone = once(child, 'exit');
      child.kill(signal);
      const insist = setTimeout(() => child.kill('SIGKILL'), 5000);
      await gone;
      clearTimeout(insist);
    },
    signal(part, signal) {
      children.get(part)?.kill(signal);
    },
    states: () => {
      const parts = new Set([...children.keys(), ...ended.keys()]);
      return [...parts].map((part) => ({ part, pid: children.get(part)?.pid, ended: ended.get(part) }));
    },
  };
}
