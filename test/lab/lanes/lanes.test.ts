import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { KNOWN_TESTS } from '../run/choose-tests.ts';
import { ABOUT_SECONDS, longestFirst } from './longest-first.ts';
import { nodeTestOfOne } from './node-test.ts';
import { brokenOff, closingLines, isGood, notRun, type Result, readResult } from './result.ts';
import { type Lane, runLanes } from './run-lanes.ts';

const NONE = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
const passed = (name: string, tests: number): Result => ({ name, counts: { ...NONE, tests, suites: 1, passed: tests }, failures: [] });

describe('the order of the lab tests', () => {
  it('begins with those that take longest, and before them with those of which nothing is known', () => {
    assert.deepEqual(longestFirst(['crds', 'story', 'outages', 'new one']), ['new one', 'outages', 'story', 'crds']);
  });

  it('knows of no test that is gone', () => {
    for (const test of Object.keys(ABOUT_SECONDS)) assert.ok(KNOWN_TESTS.includes(test), test);
  });
});

describe('lanes', () => {
  const queue = ['a', 'b', 'c', 'd'].map((name) => ({ name }));

  it('each take the next file of the queue as soon as they have ended one, and every file comes out once', async () => {
    const taken: string[] = [];
    const longFileIsDone = Promise.withResolvers<void>();
    const { results, failedLanes } = await runLanes(queue, 2, async ({ number, next, ended }) => {
      for (let file = next(); file !== undefined; file = next()) {
        taken.push(`${number}: ${file.name}`);
        if (file.name === 'a') await longFileIsDone.promise;
        if (file.name === 'd') longFileIsDone.resolve();
        ended(passed(file.name, 1));
      }
    });
    assert.deepEqual(taken, ['1: a', '2: b', '2: c', '2: d']);
    assert.deepEqual(
      results,
      queue.map(({ name }) => passed(name, 1)),
    );
    assert.deepEqual(failedLanes, []);
  });

  it('that fail at a file break that file off and leave the rest to the others', async () => {
    const work = async ({ number, next, ended }: Lane<{ readonly name: string }>): Promise<void> => {
      for (let file = next(); file !== undefined; file = next()) {
        if (number === 1) throw new Error('the lab is gone');
        ended(passed(file.name, 1));
        await Promise.resolve();
      }
    };
    const { results, failedLanes } = await runLanes(queue, 2, work);
    assert.deepEqual(results, [brokenOff('a', ['the lab is gone']), passed('b', 1), passed('c', 1), passed('d', 1)]);
    assert.deepEqual(failedLanes, []);
  });

  it('that never began are told beside what the others did, and what none took was not run', async () => {
    const { results, failedLanes } = await runLanes(queue, 2, async ({ number, next, ended }) => {
      if (number === 2) throw new Error('it did not come up');
      ended(passed(next()?.name ?? '', 1));
      await Promise.resolve();
    });
    assert.deepEqual(results, [passed('a', 1), notRun('b'), notRun('c'), notRun('d')]);
    assert.deepEqual(failedLanes, [brokenOff('lab 2', ['it did not come up'])]);
  });
});

describe('the result of a file of tests', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-lanes-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const run = (content: string): { readonly output: string; readonly result: Result } => {
    const [file, lines] = [path.join(directory, 'a.test.mjs'), path.join(directory, 'lines')];
    writeFileSync(file, `import { describe, it } from 'node:test';\n${content}`);
    const [program = '', ...args] = nodeTestOfOne(file, lines);
    // Inside of a test, node would run no other one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', env });
    return { output: stdout, result: readResult('a', readFileSync(lines, 'utf8'), status ?? 1) };
  };

  it('has what node counts, and its output has everything but these counts', () => {
    const { output, result } = run(
      `describe('s', () => { it('a', (t) => t.diagnostic('tests 7')); it.skip('b'); it.todo('c', () => { throw 1; }); });`,
    );
    assert.deepEqual(result, { name: 'a', counts: { ...NONE, tests: 3, suites: 1, passed: 1, skipped: 1, todo: 1 }, failures: [] });
    assert.ok(isGood(result));
    assert.match(output, /✔ a .*\n.*tests 7/);
    assert.doesNotMatch(output, /^ℹ/m);
  });

  it('names each test that failed by itself with its suites and why', () => {
    const { output, result } = run(
      `describe('s', () => { it('a', () => {}); describe('t', () => it('b', () => { throw new Error('no\\nmore'); })); }); it('c', () => { throw new Error('nor this'); });`,
    );
    assert.deepEqual(result.failures, ['s > t > b: no\nmore', 'c: nor this']);
    assert.deepEqual(result.counts, { ...NONE, tests: 3, suites: 2, passed: 1, failed: 2 });
    assert.match(output, /more/);
  });

  it('has of a long message its first 40 lines', () => {
    const { result } = run(`it('a', () => { throw new Error('line\\n'.repeat(100)); });`);
    assert.deepEqual(result.failures, [`a: ${'line\n'.repeat(40)}(60 lines more)`]);
  });

  it('counts every test of a file that tells more than a pipe takes at once, and that ends while it is still open', () => {
    const { result } = run(`
      import { createServer } from 'node:net';
      createServer().listen(0, '127.0.0.1');
      for (let i = 0; i < 3000; i += 1) it(\`\${i} \${'of many '.repeat(30)}\`, () => {});
    `);
    assert.deepEqual(result.counts, { ...NONE, tests: 3000, passed: 3000 });
  });

  it('is a failure when a hook of a suite fails, which node does not count', () => {
    const { result } = run(
      `import { after } from 'node:test'; describe('s', () => { after(() => { throw new Error('no'); }); it('a', () => {}); });`,
    );
    assert.deepEqual(result, { name: 'a', counts: { ...NONE, tests: 2, suites: 1, passed: 1, failed: 1 }, failures: ['s: no'] });
  });

  it('is a failure when the file ends outside of its tests', () => {
    const { result } = run(`it('a', () => {}); process.exit(3);`);
    assert.equal(isGood(result), false);
    assert.match(result.failures.join(), /a\.test\.mjs: test failed, its process ended with exit code 3$/);
  });

  it('is a failure when node itself was killed, whatever it had told before', () => {
    const half = `{"failed":{"path":["s","b"],"why":"no"}}\n{"coun`;
    assert.deepEqual(
      readResult('a', half, 137),
      brokenOff('a', ['s > b: no', 'it ended with exit code 137 before node had counted its tests']),
    );
    const whole = `${JSON.stringify({ counts: { ...NONE, tests: 1, passed: 1 } })}\n`;
    const unexplained = ['all its tests passed, but it ended with exit code 137'];
    assert.deepEqual(readResult('a', whole, 137), {
      name: 'a',
      counts: { ...NONE, tests: 2, passed: 1, failed: 1 },
      failures: unexplained,
    });
    assert.ok(isGood(readResult('a', whole, 0)));
  });
});

describe('the end of a run', () => {
  it('names what failed and ends with the counts of all files in the words of node', () => {
    const failed: Result = { name: 'b', counts: { ...NONE, tests: 2, suites: 2, passed: 1, failed: 1 }, failures: ['s > t: no\n- a'] };
    assert.deepEqual(closingLines([passed('a', 3), failed, notRun('c')], 1234.5), [
      '✖ failing tests:',
      '✖ b: s > t: no\n    - a',
      '✖ c: it was not run',
      '',
      'ℹ tests 6',
      'ℹ suites 3',
      'ℹ pass 4',
      'ℹ fail 1',
      'ℹ cancelled 1',
      'ℹ skipped 0',
      'ℹ todo 0',
      'ℹ duration_ms 1235',
    ]);
  });

  it('names nothing when nothing failed', () => {
    assert.equal(closingLines([passed('a', 3)], 1)[0], 'ℹ tests 3');
  });
});
