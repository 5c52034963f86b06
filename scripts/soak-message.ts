/** What a process of a soak tells of itself, at most once a second and at its end. */
export interface SoakMessage {
  readonly runs: number;
  readonly failures: number;
  /** The unit that it is at: its part of those before is done. */
  readonly next: number;
  /** In words. */
  readonly at: string;
  /** The most memory that it has held. Megabytes. */
  readonly memory: number;
  readonly done: boolean;
}

/** Whether a message of a child process is one of these. */
export function isSoakMessage(value: unknown): value is SoakMessage {
  return typeof value === 'object' && value !== null && 'runs' in value && 'next' in value && 'done' in value;
}
