/** Who asked: a person before a changed object before the periodic look. */
export type Priority = 'user' | 'spec' | 'resync';

const ORDER: readonly Priority[] = ['user', 'spec', 'resync'];

/** The more urgent one. */
export function moreUrgent(left: Priority, right: Priority): Priority {
  return ORDER.indexOf(left) <= ORDER.indexOf(right) ? left : right;
}

/** Keys that wait for a worker: each once, the most urgent first, then in the order in which they came. */
export class ReadyKeys {
  readonly #lines: Readonly<Record<Priority, Set<string>>> = { user: new Set(), spec: new Set(), resync: new Set() };

  get size(): number {
    return ORDER.reduce((sum, priority) => sum + this.#lines[priority].size, 0);
  }

  /** Adds a key, or moves it up. */
  add(key: string, priority: Priority): void {
    const present = ORDER.find((line) => this.#lines[line].has(key));
    if (present !== undefined && moreUrgent(present, priority) === present) return;
    if (present !== undefined) this.#lines[present].delete(key);
    this.#lines[priority].add(key);
  }

  take(): string | undefined {
    for (const priority of ORDER) {
      for (const key of this.#lines[priority]) {
        this.#lines[priority].delete(key);
        return key;
      }
    }
    return undefined;
  }
}
