import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readNamePattern } from '../../src/core/analysis/name-pattern.ts';

function matches(pattern: string, name: string): boolean {
  const read = readNamePattern(pattern);
  return read.ok ? read.test(name) : assert.fail(`${pattern}: ${read.problem}`);
}

describe('patterns over metric names', () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ['latency', 'latency', true],
    ['latency', 'p99-latency-canary', true],
    ['^latency$', 'p99-latency', false],
    ['.*', 'anything', true],
    ['*', 'anything', true],
    ['test.*', 'test-1', true],
    ['test.*', 'total-5xx-errors', false],
    ['test.*', 'my-test', true],
    ['^(cpu|memory)-[a-z]+$', 'memory-usage', true],
    ['^(cpu|memory)-[a-z]+$', 'disk-usage', false],
    ['^a?b+c*$', 'bbb', true],
    ['^a?b+c*$', 'ac', false],
    ['^[^0-9]+$', 'abc', true],
    ['^[^0-9]+$', 'ab1', false],
    ['p\\d\\d', 'p99', true],
    ['a\\.b', 'axb', false],
    ['^$', '', true],
    ['a||b', 'zzz', true],
    ['[a-]x', '-x', true],
  ];
  for (const [pattern, name, expected] of table)
    it(`${pattern} on ${name} is ${expected}`, () => assert.equal(matches(pattern, name), expected));

  it('say what is wrong with one that cannot be read, and what may be written', () => {
    for (const pattern of ['a{2,3}', '(?i)a', '(a', 'a)', '[a', '+a', 'a**', '\\bword', '(?=a)', '[[:alpha:]]', 'x'.repeat(254), '\\']) {
      const read = readNamePattern(pattern);
      assert.ok(!read.ok, pattern);
      assert.match(read.problem, /pattern/);
      assert.match(read.remedy, /such as latency-\.\*/);
    }
  });

  it('mean what the same regular expression means', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '(a|b)', '(ab|b)', '^', '$');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?'))
      .map(([one, sign]) => (one === '^' || one === '$' ? one : one + sign));
    const pattern = fc
      .array(
        fc.array(piece, { maxLength: 5 }).map((all) => all.join('')),
        { minLength: 1, maxLength: 3 },
      )
      .map((all) => all.join('|'));
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1'), maxLength: 8 }), (source, name) => {
        assert.equal(matches(source, name), new RegExp(source).test(name), `${source} on ${name}`);
      }),
      { seed: 13, numRuns: 3000 },
    );
  });

  it('M13: a pattern that V8 would chew on for ever costs nothing here', () => {
    const started = performance.now();
    assert.equal(matches('^((a+)+)+$', `${'a'.repeat(252)}!`), false);
    assert.equal(matches('(.*.*.*.*.*.*.*.*)*x$', 'a'.repeat(253)), false);
    assert.ok(performance.now() - started < 500);
  });
});
