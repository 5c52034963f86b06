import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { fileOf } from '../run/choose-tests.ts';
import { execInLab } from '../run/exec-in-lab.ts';
import { inALab } from '../run/in-a-lab.ts';
import type { LabFiles } from '../run/lab-files.ts';
import { withNeeds } from '../run/run-parts.ts';
import { longestFirst } from './longest-first.ts';
import { nodeTestOfOne } from './node-test.ts';
import { closingLines, isGood, type Result, readResult } from './result.ts';
import { type Lane, runLanes } from './run-lanes.ts';

export interface LabsWanted {
  /** How many at once, at most. */
  readonly labs: number;
  /** Leaves a lab up when a test failed in it. */
  readonly keep: boolean;
  /** How often each file runs. */
  readonly times: number;
  readonly tell: (line: string) => void;
}

/** A file of tests in one round of several. */
interface FileRun {
  readonly name: string;
  readonly test: string;
  /** From 1. */
  readonly round: number;
}

function queueOf(tests: readonly string[], times: number): readonly FileRun[] {
  const rounds = Array.from({ length: times }, (_, index) => index + 1);
  const name = (test: string, round: number): string => (times === 1 ? test : `${test}, run ${round} of ${times}`);
  return rounds.flatMap((round) => longestFirst(tests).map((test) => ({ name: name(test, round), test, round })));
}

/** Runs one file in a lab. With several labs its output is held back until it ends: that of two files at once cannot be read. */
async function runFile(files: LabFiles, { name, test, round }: FileRun, { labs, tell }: LabsWanted): Promise<Result> {
  const [lines, printed] = [files.log(`results-${test}-${round}`), files.log(`tests-${test}-${round}`)];
  const output = labs === 1 ? undefined : openSync(printed, 'w');
  try {
    const code = await execInLab(files, nodeTestOfOne(fileOf(test), lines), output);
    return readResult(name, existsSync(lines) ? readFileSync(lines, 'utf8') : '', code);
  } finally {
    if (output !== undefined) {
      closeSync(output);
      tell(readFileSync(printed, 'utf8').trimEnd());
    }
  }
}

/** Takes files off the queue until it is empty; answers 1 when one failed. */
async function workOff(files: LabFiles, lane: Lane<FileRun>, wanted: LabsWanted): Promise<number> {
  const who = wanted.labs === 1 ? 'lab' : `lab ${lane.number}`;
  let code = 0;
  for (let run = lane.next(); run !== undefined; run = lane.next()) {
    wanted.tell(`${who}: ${run.name} begins`);
    const started = performance.now();
    const result = await runFile(files, run, wanted);
    lane.ended(result);
    if (!isGood(result)) code = 1;
    const { tests, failed, cancelled } = result.counts;
    const seconds = Math.round((performance.now() - started) / 1000);
    wanted.tell(`${who}: ${run.name} ended in ${seconds} s: ${tests} tests, ${failed + cancelled} failed`);
  }
  return code;
}

function tellRounds(queue: readonly FileRun[], results: readonly Result[], tell: LabsWanted['tell']): void {
  const failed = new Set(queue.flatMap(({ round }, index) => (results[index] === undefined || isGood(results[index]) ? [] : [round])));
  tell(`lab: ${queue.at(-1)?.round ?? 0} runs, ${failed.size} failed${failed.size === 0 ? '' : `: ${[...failed].join(', ')}`}`);
}

/** Runs the tests in labs that are gone afterwards, and tells last what node tells last, of all of them; the exit code. */
export async function runInLabs(tests: readonly string[], asked: LabsWanted): Promise<number> {
  const started = performance.now();
  const queue = queueOf(tests, asked.times);
  const wanted = { ...asked, labs: Math.min(asked.labs, queue.length) };
  const { keep, tell } = wanted;
  let interrupted = false;
  // Ctrl-C ends the tests that run, and those that would follow do not begin.
  process.on('SIGINT', () => {
    interrupted = true;
  });
  const { results, failedLanes } = await runLanes(queue, wanted.labs, async ({ number, next, ended }) => {
    const lane = { number, ended, next: () => (interrupted ? undefined : next()) };
    await inALab({ parts: withNeeds([]) ?? [], tell, keep, work: (files) => workOff(files, lane, wanted) });
  });
  if (wanted.times > 1) tellRounds(queue, results, tell);
  const all = [...results, ...failedLanes];
  closingLines(all, performance.now() - started).forEach(tell);
  if (interrupted) return 130;
  return all.every(isGood) ? 0 : 1;
}
