import type { SoakOptions } from '../../scripts/soak-options.ts';

/** Numbers what it is given from 0 on, the same in every process and every run, and shares it out. */
export interface Places {
  /** Of the next places those that fall to this process, with their numbers. */
  take<T>(next: readonly T[]): readonly (readonly [number, T])[];
}

/** A shard and a process get every so-manyth of the places that are wanted, so that all have about as much to do. */
export function createPlaces({
  from = 0,
  count = Number.POSITIVE_INFINITY,
  shard,
  worker,
}: Pick<SoakOptions, 'from' | 'count' | 'shard' | 'worker'>): Places {
  let met = 0;
  const isOurs = (number: number): boolean => {
    const place = number - from;
    if (place < 0 || place >= count || place % shard.of !== shard.index - 1) return false;
    return Math.floor(place / shard.of) % worker.of === worker.index - 1;
  };
  return {
    take(next) {
      const numbered = next.map((item, index) => [met + index, item] as const);
      met += next.length;
      return numbered.filter(([number]) => isOurs(number));
    },
  };
}
