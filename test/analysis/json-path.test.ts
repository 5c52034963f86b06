import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { JsonValue } from '../../src/api/json-value.ts';
import { readJsonPath } from '../../src/core/analysis/json-path.ts';

const ANSWER: JsonValue = {
  data: { ok: true, successPercent: 0.95, 'error.rate': 0.01 },
  checks: [
    { name: 'smoke', passed: true, took: 3 },
    { name: 'load', passed: false, took: 30 },
    { name: 'soak', took: 300 },
  ],
  nothing: null,
};

function found(path: string, value: JsonValue = ANSWER): readonly JsonValue[] | undefined {
  const read = readJsonPath(path);
  return read.ok ? read.find(value) : assert.fail(`${path}: ${read.problem}`);
}

describe('a JSON path', () => {
  const table: readonly (readonly [string, readonly JsonValue[]])[] = [
    ['{$}', [ANSWER]],
    ['{.}', [ANSWER]],
    ['{$.data.ok}', [true]],
    ['{.data.ok}', [true]],
    ['$.data.ok', [true]],
    ['data.ok', [true]],
    ['{$.data["error.rate"]}', [0.01]],
    ["{$['data']['ok']}", [true]],
    ["{$.data['ok','successPercent']}", [true, 0.95]],
    ['{$.checks[0].name}', ['smoke']],
    ['{$.checks[-1].name}', ['soak']],
    ['{$.checks[0,2].took}', [3, 300]],
    ['{$.checks[1:].took}', [30, 300]],
    ['{$.checks[0:2].took}', [3, 30]],
    ['{$.checks[::2].took}', [3, 300]],
    ['{$.checks[*].passed}', [true, false]],
    ['{$.checks.*.passed}', [true, false]],
    ['{$..passed}', [true, false]],
    ['{$.checks[?(@.name=="smoke")].passed}', [true]],
    ["{$.checks[?(@.name != 'smoke')].took}", [30, 300]],
    ['{$.checks[?(@.took > 3)].name}', ['load', 'soak']],
    ['{$.checks[?(@.passed)].name}', ['smoke', 'load']],
    ['{$.checks[?(@.passed == false)].name}', ['load']],
    ['{$.nothing}', [null]],
    ['{$.missing}', []],
    ['{$.missing.below}', []],
    ['{$.data[0]}', []],
    ['{$.constructor}', []],
    ['{$.data.__proto__}', []],
    ['{$.checks.length}', []],
  ];
  for (const [path, values] of table)
    it(`${path} leads to ${JSON.stringify(values).slice(0, 60)}`, () => assert.deepEqual(found(path), values));

  it('that cannot be read says why and how one is written', () => {
    for (const path of [
      '{$.a[}',
      '{$.a[0}',
      "{$['a}",
      '{$.a b}',
      '{$.}x',
      '{$.a[?(1==1)]}',
      '{$.a[?(@.b==c)]}',
      '{$.a[?(@.b =~ /x/)]}',
      '{$.a[(@.length-1)]}',
      '{$.a[::0]}',
      `{$${'.a'.repeat(33)}}`,
      '{$.a[?(@.b==1 && @.c==2)]}',
    ]) {
      const read = readJsonPath(path);
      assert.ok(!read.ok, path);
      assert.match(read.remedy, /\{\$\.data\.ok\}/);
    }
  });

  it('runs no code: what other evaluators take for a script is refused or finds nothing', () => {
    for (const path of [
      '{$..[?(@.constructor.constructor("throw 1")())]}',
      '{$[?(process.exit(1))]}',
      '{$.a[?(@.b == (function(){})())]}',
    ]) {
      const read = readJsonPath(path);
      assert.ok(!read.ok || read.find(ANSWER)?.length === 0, path);
    }
  });

  it('takes member names that mean something to JavaScript for names', () => {
    const value: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}');
    const read = readJsonPath('{$.__proto__.polluted}');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse made it
    assert.deepEqual(read.ok && read.find(value as JsonValue), [1]);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });

  it('gives up on an answer that is too large to walk', () => {
    const wide: JsonValue = Array.from({ length: 400 }, () => Array.from({ length: 400 }, () => 1));
    assert.equal(found('{$..x}', wide), undefined);
    assert.equal(found('{$[0][0]}', wide)?.length, 1);
  });

  it('reads or refuses any text, and never throws on any answer', () => {
    const piece = fc.constantFrom(
      '$',
      '.',
      '..',
      'a',
      'b',
      '[0]',
      '[*]',
      "['a']",
      '[?(@.a==1)]',
      '{',
      '}',
      '[',
      ']',
      '*',
      ' ',
      '?(',
      ')',
      '@',
      '-1',
      ':',
      ',',
      '"',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 30 }),
          fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
        ),
        fc.jsonValue(),
        (path, json) => {
          const read = readJsonPath(path);
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fast-check made it
          if (read.ok) read.find(json as JsonValue);
          else assert.ok(read.problem !== '');
        },
      ),
      { seed: 23, numRuns: 3000 },
    );
  });
});
