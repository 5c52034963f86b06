import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../../scripts/run.ts';
import { SOAK_HELP } from '../../scripts/soak-help.ts';
import { readSoakOptions } from '../../scripts/soak-options.ts';
import { createPlaces } from './places.ts';

const PLACES = Array.from({ length: 100 }, (_, index) => `place ${index}`);

function takenBy(args: readonly string[], lots: readonly (readonly string[])[] = [PLACES]): readonly string[] {
  const places = createPlaces(readSoakOptions(args));
  return lots.flatMap((lot) => places.take(lot).map(([number, place]) => `${number} ${place}`));
}

function soak(...args: readonly string[]): { readonly code: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'scripts/soak.ts'), ...args], { encoding: 'utf8' });
  return { code: status, out: stdout + stderr };
}

describe('the places of a soak', () => {
  it('are each taken once by all processes of all shards together, in even parts', () => {
    const parts = [1, 2, 3].flatMap((shard) => [1, 2].map((worker) => takenBy([`--shard=${shard}/3`, `--worker=${worker}/2`])));
    assert.deepEqual(parts.flat().toSorted(), PLACES.map((place, index) => `${index} ${place}`).toSorted());
    for (const part of parts) assert.ok(part.length >= 16 && part.length <= 17, `${part.length} places`);
  });

  it('have the same numbers in whatever lots they are met, and those of a range are run alone', () => {
    const range = ['--from=38', '--count=4'];
    const expected = [38, 39, 40, 41].map((index) => `${index} place ${index}`);
    assert.deepEqual(takenBy(range), expected);
    assert.deepEqual(takenBy(range, [PLACES.slice(0, 40), [], PLACES.slice(40)]), expected);
  });
});

describe('the arguments of a soak', () => {
  for (const [args, problem] of [
    [['--from', 'x'], /--from is 'x'; write a whole number of 0 or more/],
    [['--count=0'], /--count is '0'; write a whole number of 1 or more/],
    [['--shard=0/3'], /--shard is '0\/3'; write 1\/3/],
    [['--shard=4/3'], /--shard is '4\/3'; write 1\/3/],
    [['--every=3'], /--every/],
  ] as const) {
    it(`are refused when they are ${args.join(' ')}`, () => {
      assert.throws(() => readSoakOptions(args), problem);
    });
  }
});

describe('a soak', () => {
  it('runs its range in several processes, and says how many runs there were', () => {
    const { code, out } = soak('random', '--from=7', '--count=2', '--workers=2');
    assert.equal(code, 0, out);
    assert.match(out, /^random: 7 to 8, in 2 processes\n/);
    assert.match(out, /\nrandom: 200 runs \(7 to 8\), 0 failures, /);
  });

  it('prints its help, which names every soak and every option, runs nothing, and whose examples it understands', () => {
    const { code, out } = soak('--help', 'random', '--count=5');
    assert.equal(code, 0);
    assert.equal(out, SOAK_HELP);
    assert.equal(soak('-h').out, SOAK_HELP);
    const soaks = globSync('test/soak/*-soak.ts', { cwd: ROOT }).map((file) => path.basename(file, '-soak.ts'));
    assert.ok(soaks.length >= 3);
    for (const name of soaks) assert.match(out, new RegExp(`^  ${name} +\\S`, 'm'));
    // How a soak tells its processes their part.
    const { worker: _worker, names: _names, ...options } = readSoakOptions([]);
    for (const name of Object.keys(options)) assert.ok(out.includes(` --${name} `), name);
    const examples = out.split('\nExamples:\n')[1]?.trimEnd().split('\n') ?? [];
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const words = /npm run test:soak -- ([^#]*)/.exec(example)?.[1]?.trim().split(' ') ?? assert.fail(example);
      assert.ok(soaks.includes(readSoakOptions(words).names[0] ?? ''), example);
    }
  });

  it('leaves kinds of disturbance of the story out that are not named, and each place its number', () => {
    // Place 0 is a crash: it is neither run nor given to the first place of another kind.
    const { out } = soak('story', '--from=0', '--count=1', '--workers=1', '--kinds=repository,late,fault');
    assert.match(out, /story: 0 runs \(0 to 0\), 0 failures/);
  });

  it('fails when it ran nothing, and names the soaks when none matches', () => {
    const none = soak('random', '--from=7', '--count=1', '--shard=2/2', '--workers=1');
    assert.equal(none.code, 1, none.out);
    assert.match(none.out, /nothing was run/);
    const unknown = soak('nothing-like-it');
    assert.equal(unknown.code, 2);
    assert.match(unknown.out, /no soak matches nothing-like-it/);
  });
});
