import { parseArgs } from 'node:util';

/** Number `index` of `of`, from 1. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** What one soak run covers: numbered units (golden rollouts, seeds, places of the story), the same in each run. */
export interface SoakOptions {
  readonly names: readonly string[];
  readonly from: number | undefined;
  readonly count: number | undefined;
  /** This machine's part of it. */
  readonly shard: Part;
  /** This process's part of the machine's. */
  readonly worker: Part;
  readonly workers: number | undefined;
  /** Golden rollouts with this in their names. */
  readonly golden: string;
  /** Kinds of disturbance; all of them when absent. */
  readonly kinds: readonly string[] | undefined;
  /** This one place of each kind only. */
  readonly place: number | undefined;
  /** Looks for the shortest case that fails. */
  readonly shrink: boolean;
  /** Only tells how it is called. */
  readonly help: boolean;
}

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} is '${text}'; write a whole number of ${least} or more`);
  return value;
}

function part(name: string, text: string | undefined): Part {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text ?? '1/1') ?? [];
  const found = { index: Number(index), of: Number(of) };
  if (!(found.index >= 1 && found.index <= found.of)) throw new Error(`--${name} is '${text}'; write 1/3 for the first of three parts`);
  return found;
}

/** Reads the arguments of `npm run test:soak --`; throws with what to write instead. */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      from: text,
      count: text,
      place: text,
      shard: text,
      worker: text,
      workers: text,
      golden: text,
      kinds: text,
      shrink: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return {
    names: positionals,
    from: whole('from', values.from, 0),
    count: whole('count', values.count, 1),
    shard: part('shard', values.shard),
    worker: part('worker', values.worker),
    workers: whole('workers', values.workers, 1),
    golden: values.golden ?? '',
    kinds: values.kinds?.split(','),
    place: whole('place', values.place, 0),
    shrink: values.shrink === true,
    help: values.help === true,
  };
}
