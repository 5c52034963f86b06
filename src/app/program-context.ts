import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** What a command of the main program may touch. */
export interface ProgramContext {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Colours on standard output. */
  readonly color: boolean;
  /** Aborted when the person or the system asks the process to stop. */
  readonly signal: AbortSignal;
  readInput(path: string): Promise<string>;
  /** Exit code of a command that ended by itself. */
  exitWith(code: number): void;
}
