import { type ChildProcess, fork } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ROOT } from './run.ts';
import { SOAK_HELP } from './soak-help.ts';
import { isSoakMessage, type SoakMessage } from './soak-message.ts';
import { readSoakOptions, type SoakOptions } from './soak-options.ts';

/** `npm run test:soak [-- NAME...]`, as {@link SOAK_HELP} says it. Where a run ended early, the last line says with which `--from` it goes on. */

/** Where a soak begins and how much it covers when nothing is said: all of it from 0 on, but of `random` so many seeds, of which the first is drawn. */
const RANGES: Readonly<Record<string, { readonly from: number; readonly count: number }>> = {
  random: { from: Date.now() % 2 ** 31, count: 1000 },
};
/** A process that needs more than this leaks. Megabytes. */
const HEAP_LIMIT = 1024;
const FIRST_LINE_AFTER = 2000;
const LINE_EVERY = 5000;

function withDefaults(name: string, options: SoakOptions): SoakOptions {
  return { ...options, from: options.from ?? RANGES[name]?.from ?? 0, count: options.count ?? RANGES[name]?.count };
}

function argumentsOf(options: SoakOptions, worker: number, workers: number): string[] {
  const { from, count, shard, golden, kinds, place, shrink } = options;
  return [
    `--from=${from}`,
    `--shard=${shard.index}/${shard.of}`,
    `--worker=${worker}/${workers}`,
    `--golden=${golden}`,
    ...(count === undefined ? [] : [`--count=${count}`]),
    ...(kinds === undefined ? [] : [`--kinds=${kinds.join(',')}`]),
    ...(place === undefined ? [] : [`--place=${place}`]),
    ...(shrink ? ['--shrink'] : []),
  ];
}

/** What a run covers, in words. */
function rangeOf({ from = 0, count, shard }: SoakOptions): string {
  const range = count === undefined ? `from ${from} on` : `${from} to ${from + count - 1}`;
  return shard.of === 1 ? range : `${range}, part ${shard.index} of ${shard.of}`;
}

/** Follows one process until it ends; its last message, not `done` when it ended early. */
function follow(child: ChildProcess, heard: (message: SoakMessage) => void, from: number): Promise<SoakMessage> {
  let last: SoakMessage = { runs: 0, failures: 0, next: from, at: 'starting', memory: 0, done: false };
  child.on('message', (message) => {
    if (!isSoakMessage(message)) return;
    last = message;
    heard(message);
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      if (!last.done)
        process.stdout.write(`a process of the soak ended early (${signal ?? `exit code ${code}`}) at ${last.next}: ${last.at}\n`);
      resolve(last);
    });
  });
}

function sum(messages: Iterable<SoakMessage>, of: 'runs' | 'failures'): number {
  return Array.from(messages).reduce((total, message) => total + message[of], 0);
}

/** Runs one soak in all its processes, with a line of progress every few seconds; the exit code. */
async function soak(file: string, name: string, asked: SoakOptions): Promise<number> {
  const options = withDefaults(name, asked);
  const workers = options.workers ?? availableParallelism();
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 1000);
  const latest = new Map<number, SoakMessage>();
  process.stdout.write(`${name}: ${rangeOf(options)}, in ${workers} processes\n`);
  const line = (): void => {
    const at = Array.from(latest.values(), (message) => `${message.next} ${message.at}`).join(' | ');
    process.stdout.write(
      `${name}: ${sum(latest.values(), 'runs')} runs, ${sum(latest.values(), 'failures')} failures, ${seconds()} s; at ${at}\n`,
    );
  };
  let timer = setTimeout(() => {
    line();
    timer = setInterval(line, LINE_EVERY);
  }, FIRST_LINE_AFTER);
  const children = Array.from({ length: workers }, (_, index) => {
    const child = fork(path.join(ROOT, file), argumentsOf(options, index + 1, workers), {
      execArgv: [`--max-old-space-size=${HEAP_LIMIT}`],
    });
    return { child, end: follow(child, (message) => latest.set(index, message), options.from ?? 0) };
  });
  const interrupt = (): void => children.forEach(({ child }) => child.kill('SIGTERM'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const ends = await Promise.all(children.map(({ end }) => end));
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  clearInterval(timer);
  const [runs, failures] = [sum(ends, 'runs'), sum(ends, 'failures')];
  const memory = Math.max(...ends.map((end) => end.memory));
  process.stdout.write(
    `${name}: ${runs} runs (${rangeOf(options)}), ${failures} failures, ${seconds()} s, at most ${memory} MB in a process\n`,
  );
  const early = ends.filter((end) => !end.done).map((end) => end.next);
  if (early.length > 0) process.stdout.write(`${name}: ended early; --from ${Math.min(...early)} goes on with it\n`);
  if (runs === 0) process.stdout.write(`${name}: nothing was run\n`);
  return runs > 0 && failures === 0 && early.length === 0 ? 0 : 1;
}

async function main(options: SoakOptions): Promise<number> {
  if (options.help) {
    process.stdout.write(SOAK_HELP);
    return 0;
  }
  const files = globSync('test/soak/*-soak.ts', { cwd: ROOT }).toSorted();
  const wanted = files.filter((file) => options.names.length === 0 || options.names.some((name) => file.includes(name)));
  if (wanted.length === 0) {
    process.stderr.write(`no soak matches ${options.names.join(' ')}; they stand in test/soak/<what>-soak.ts; --help shows them\n`);
    return 2;
  }
  let code = 0;
  for (const file of wanted) code = Math.max(code, await soak(file, path.basename(file, '-soak.ts'), options));
  return code;
}

try {
  process.exitCode = await main(readSoakOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}; --help shows what there is\n`);
  process.exitCode = 2;
}
