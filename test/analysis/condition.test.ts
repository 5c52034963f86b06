import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type ConditionOutcome, checkCondition, compileCondition } from '../../src/core/analysis/condition.ts';
import { conditions } from './condition-arbitrary.ts';

function outcome(source: string, result: readonly number[]): ConditionOutcome['kind'] {
  const compiled = compileCondition(source);
  assert.ok(compiled.ok, `${source}: ${checkCondition(source)}`);
  return compiled.evaluate(result).kind;
}

describe('conditions over result', () => {
  const table: readonly (readonly [string, readonly number[], ConditionOutcome['kind']])[] = [
    ['result[0] >= 0.95', [0.95], 'true'],
    ['result[0] >= 0.95', [0.94], 'false'],
    ['result[0] >= 0.95', [], 'error'],
    ['result >= 0.95', [0.97], 'true'],
    ['result >= 0.95', [], 'error'],
    ['result >= 0.95', [0.97, 0.97], 'error'],
    ['result[0] >= 1', [1], 'true'],
    ['result[0] == 1', [1], 'true'],
    ['1 == result[0]', [1.5], 'false'],
    ['result[0] != 1', [1], 'false'],
    ['result == 0', [0], 'true'],
    ['len(result) == 0 || result[0] < 0.8', [], 'true'],
    ['len(result) == 0 || result[0] < 0.8', [0.9], 'false'],
    ['size(result) == 2', [1, 2], 'true'],
    ['result.all(x, x >= 0.95)', [0.96, 0.9], 'false'],
    ['result.exists(x, x > 1)', [0.5, 2], 'true'],
    ['size(result.filter(x, x > 1.0)) <= 1', [0.5, 2], 'true'],
    ['isNaN(result[0]) || result[0] > 0.5', [Number.NaN], 'true'],
    ['isInf(result[0])', [-Infinity], 'true'],
    ['asInt(result[0]) == 3', [3.9], 'true'],
    ['asInt(result[0]) == 3', [Number.NaN], 'error'],
    ['asFloat(1) <= result[0]', [1], 'true'],
    ['default(result, 1) >= 0.95', [], 'true'],
    ['default(result, 0.0) >= 0.95', [0.96], 'true'],
    ['default(result[0], 0) > 0.5', [Number.NaN], 'false'],
    ['result[0] > 0.9 ? true : result[0] > 0.5', [0.6], 'true'],
    ['result[1] < result[0]', [2, 1], 'true'],
    ['result[0] * 100 > 95', [0.96], 'true'],
    ['1 - result[0] < .1', [0.95], 'true'],
    ['result[0] >= 1.5 && "in .5 of cases" != ""', [1.5], 'true'],
    ['1 in result', [0.5, 1], 'true'],
    ['isNil(result) || result[0] > 1.0', [], 'true'],
  ];
  for (const [source, result, expected] of table) {
    it(`${source} on [${result.join(' ')}] is ${expected}`, () => assert.equal(outcome(source, result), expected));
  }

  it('says what it asks of the result: one value, a list, an answer for no data', () => {
    const use = (source: string): object => {
      const compiled = compileCondition(source);
      return compiled.ok ? compiled.use : assert.fail(source);
    };
    const none = { asksForList: false, handlesEmpty: false, handlesNaN: false, handlesInf: false };
    assert.deepEqual(use('result[0] >= 0.95'), none);
    assert.deepEqual(use('result >= 0.95'), none);
    assert.deepEqual(
      use('len(result) == 0 || result[0] < 0.8'),
      { ...none, handlesEmpty: true },
      'a guard against no data asks for no list',
    );
    assert.deepEqual(use('len(result) == 3'), { ...none, asksForList: true, handlesEmpty: true });
    assert.deepEqual(use('result[1] > 0.5'), { ...none, asksForList: true });
    assert.deepEqual(use('result.all(x, x > 0.5)'), { ...none, asksForList: true });
    assert.deepEqual(use('default(result, 1) > 0.5'), { ...none, handlesEmpty: true, handlesNaN: true });
    assert.deepEqual(use('isNil(result) || result[0] > 0.5'), { ...none, handlesEmpty: true });
    assert.deepEqual(use('isInf(result[0]) || result[0] > 1.0'), { ...none, handlesInf: true });
  });
});

describe('conditions that are refused when they are read', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['', /empty/],
    ['result[0]', /yields double, not true or false/],
    ['result[0] % 2 == 0', /write `asInt\(result\[0\]\) % 2`/],
    ['result[0] > 1/100', /write one of them as a decimal: `1\.0 \/ 100`/],
    ['result[0] > (len(result) + 1) * 2 / -asInt(result[0])', /cuts off what is behind the point/],
    ['result[0] > 0.9 and result[0] < 1.1', /`and`.*write `&&`/],
    ['result[0] > 0.9 or true', /`or`.*write `\|\|`/],
    ['not (result[0] > 0.9)', /`not`.*write `!\(\.\.\.\)`/],
    ['all(result, {# > 0.9})', /write it as a method with a variable: `result.all\(x, x >= 0.95\)`/],
    ['result == nil', /`isNil\(result\)` or `len\(result\) == 0`/],
    ['result ?? 1 > 0', /write `default\(result, 0.0\)`/],
    ['result[-1] > 1.0', /write `result\[len\(result\) - 1\]`/],
    ['result[0:2] == 1', /slice/],
    ['result[0] = 1', /write `==`/],
    ['result[0] in 1..3', /x >= a && x <= b/],
    ['result[0] ** 2 > 1', /x \* x/],
    ['result | len() > 1', /pipe/],
    ['float(result[0]) > 1', /asFloat/],
    ['sum(result) > 1', /in the query/],
    ['first(result) > 1', /result\[0\]/],
    ['"abc".matches("(a+)+$")', /`matches`/],
    ['matches("abc", "(a+)+$")', /`matches`/],
    ['string(result[0]) == "1"', /string\(\) may not be used/],
    ['cel.bind(x, 1.0, result[0] > x)', /\.bind\(\) may not be used/],
    ['{"a": 1.0}["a"] > result[0]', /map literal/],
    ['result.foo > 1', /does not check/],
    ['other[0] > 1.0', /Unknown variable: other/],
    ['result.all(x, result.all(y, result.all(z, z > x)))', /nested deeper than 2/],
    ['result.map(x, result + result + result).all(l, l.all(m, m > 1.0))', /steps/],
    ['('.repeat(500) + 'true' + ')'.repeat(500), /maxDepth/],
    [Array.from({ length: 90 }, () => 'result[0] > 1').join(' && '), /does not check/],
    [`result[0] > 1 ${'&& true '.repeat(300)}`, /longer than 2048 bytes/],
  ];
  for (const [source, message] of table) {
    it(source.slice(0, 60), () => assert.match(checkCondition(source) ?? 'accepted', message));
  }

  it('a word inside a text is no operator', () => {
    assert.equal(checkCondition('"this and that # or nil" == "x" || result[0] > 0.5'), undefined);
  });
});

describe('conditions in general', () => {
  it('compile or are refused, and evaluate to true, false or error, whatever the text and the values', () => {
    const word = fc.constantFrom(
      'result',
      '[0]',
      '[1]',
      'len(',
      'size(',
      'isNaN(',
      'default(',
      'asInt(',
      ')',
      '(',
      ' && ',
      ' || ',
      '!',
      '0.5',
      '1',
      '>=',
      '==',
      '<',
      '+',
      '-',
      '.all(x, ',
      '.map(y, ',
      'x',
      'y',
      ', ',
      ' ? ',
      ' : ',
      '"s"',
      'true',
    );
    const source = fc.oneof(
      conditions,
      fc.string({ maxLength: 60 }),
      fc.array(word, { maxLength: 25 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(source, fc.array(fc.double(), { maxLength: 120 }), (text, values) => {
        const compiled = compileCondition(text);
        if (!compiled.ok) {
          assert.ok(compiled.problem !== '' && compiled.remedy !== '');
          return;
        }
        assert.ok(['true', 'false', 'error'].includes(compiled.evaluate(values).kind));
        assert.equal(compiled.evaluate(Array.from({ length: 101 }, () => 1)).kind, 'error');
      }),
      { seed: 11, numRuns: 3000 },
    );
  });
});
