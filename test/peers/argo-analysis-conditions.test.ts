import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../../src/api/json-value.ts';
import { type ConditionInput, type ConditionOutcome, compileCondition, type ResultShape } from '../../src/core/analysis/condition.ts';
import { readJsonPath } from '../../src/core/analysis/json-path.ts';

type Outcome = ConditionOutcome['kind'] | 'refused';

function outcomeOf(source: string, input: ConditionInput): Outcome {
  const condition = compileCondition(source, 'json' in input ? 'json' : 'numbers');
  return condition.ok ? condition.evaluate(input).kind : 'refused';
}

/** Conditions over what Prometheus answers, in the words of Argo Rollouts' documentation and tests. */
const OVER_NUMBERS: readonly (readonly [source: string, result: readonly number[], expected: Outcome])[] = [
  ['true', [1], 'true'],
  ['false', [1], 'false'],
  ['result == 10', [10], 'true'],
  ['result != 10', [10], 'false'],
  ['result > 1', [5], 'true'],
  ['result[0] >= 0.95', [0.95], 'true'],
  ['result[0] >= .95', [0.95], 'true'],
  ['result[0] <= 0.95', [0.96], 'false'],
  ['result[0] >= 10', [9.5], 'false'],
  ['result[0] * 100 >= 95', [0.96], 'true'],
  ['100 - result[0] < 5', [96], 'true'],
  ['(1 - result[0]) * 100 < 5', [0.94], 'false'],
  ['result[0] / 2 >= 0.5', [1], 'true'],
  ['result[0] / result[1] > 0.5', [3, 4], 'true'],
  ['result[0] + 1 > 1', [0.5], 'true'],
  ['result[0] < 1 / 2.0', [0.4], 'true'],
  ['2 in result', [1, 2], 'true'],
  ['2 in result', [1, 3], 'false'],
  ['result[0] in [1, 2]', [2], 'true'],
  ['isNaN(result) || result >= 0.95', [Number.NaN], 'true'],
  ['isInf(result)', [Infinity], 'true'],
  ['isInf(result)', [0], 'false'],
  ['len(result) == 0 || result[0] >= 0.95', [], 'true'],
  ['len(result) == 0 || result[0] >= 0.95', [0.9], 'false'],
  ['len(result) > 0 && result[0] >= 0.95', [], 'false'],
  ['default(result, 0) < 0.05', [], 'true'],
  ['default(result, 0) < 0.05', [0.06], 'false'],
  ['isNil(result) || result[0] >= 0.95', [], 'true'],
  ['isNil(result) || result[0] >= 0.95', [0.9], 'false'],
  ['isNil(result)', [0], 'false'],
  ['asInt(result[0]) == 1', [1.123], 'true'],
  ['asFloat(result[0]) >= 1', [1], 'true'],
  ['result[0] >= 0.95 ? true : false', [0.96], 'true'],
  ['result[0] >= 0.9 && result[0] < 1.1 || isNaN(result[0])', [1], 'true'],
];

/** Conditions over what a web endpoint answers. */
const OVER_JSON: readonly (readonly [source: string, result: JsonValue, expected: Outcome])[] = [
  ['true', 'true', 'true'],
  ['result == true', true, 'true'],
  ['result == false', true, 'false'],
  ['result', true, 'true'],
  ["result == 'true'", 'true', 'true'],
  ['result == "I am OK"', 'I am OK', 'true'],
  ["result == 'fail123'", '', 'false'],
  ['result > 0', 1, 'true'],
  ['result > 0', -1.1, 'false'],
  ['result <= 0', 0, 'true'],
  ['result.ok && result.successPercent >= 0.90', { ok: true, successPercent: 0.95 }, 'true'],
  ['result.ok && result.successPercent >= 0.90', { ok: false, successPercent: 0.95 }, 'false'],
  ['result.num > 1.1 && result.bool && result.mapfield.foo == "bar"', { num: 1.2, bool: true, mapfield: { foo: 'bar' } }, 'true'],
  ["result.major == '1'", { major: '1' }, 'true'],
  ['result.Status == 999', { Status: 0 }, 'false'],
  ['result.Status == -1', { Status: -1 }, 'true'],
  ['result.rate * 100 >= 95', { rate: 0.96 }, 'true'],
  ['result.errors / result.total < 0.1', { errors: 1, total: 20 }, 'true'],
  ['asInt(result) == 1', '1', 'true'],
  ['asInt(result) > 0', '0', 'false'],
  ['asInt(result) == 1', 1.123, 'true'],
  ['asInt(result) == 1', '1.1', 'error'],
  ['asInt(result) == 1', 'one', 'error'],
  ['asFloat(result) > 1.1', '1.2', 'true'],
  ['asFloat(result) == 1.1', 'NotANum', 'error'],
  ['2 in result', [1, 2], 'true'],
  ["'b' in result", ['a', 'b'], 'true'],
  ["'b' in result", { a: 1 }, 'false'],
  ['result.items[0].state == "ok"', { items: [{ state: 'ok' }] }, 'true'],
  ['isNil(result)', null, 'true'],
  ['isNil(result.x)', { x: null }, 'true'],
  ['isNil(result)', [], 'false'],
  ['isNil(result)', false, 'false'],
  ['default(result, 0) == 0', null, 'true'],
  ['default(result, 0) == 1', 1, 'true'],
  ['result.name() == "hi"', { name: 'hi' }, 'refused'],
  ['result.x > 1', { x: '2' }, 'error'],
];

/** What Argo Rollouts takes and Sluice does not: its language is CEL, and a silent difference would be worse than a refusal that says how to write it. */
const OTHER_LANGUAGE: readonly (readonly [shape: ResultShape, source: string, remedy: RegExp])[] = [
  ['numbers', 'all(result, # < 1000)', /`result\.all\(x, x >= 0\.95\)`/u],
  ['json', 'all(result.values, {# > 1})', /with a variable: `result\.all\(x, x >= 0\.95\)`/u],
  ['json', 'any(result, {# > 5})', /`result\.exists\(x, x > 1\.0\)`/u],
  ['json', 'result.a > 0 and result.b', /`&&`/u],
  ['numbers', 'not (result[0] > 0)', /`!\(\.\.\.\)`/u],
  ['json', 'result.d == nil', /`isNil\(result\.x\)`/u],
  ['json', 'result.a ?? 0 > 1', /`default\(result, 0\.0\)`/u],
  ['numbers', 'result[0] < 1/100', /`1\.0 \/ 100`/u],
  ['numbers', 'asInt(result[0]) / 2 >= 0.5', /`asFloat\(result\[0\]\) \/ 2`/u],
  ['json', 'asFloat(result) == "1.1"', /write a CEL comparison/u],
  ['json', '1', /write a CEL comparison/u],
  ['numbers', 'invalidVariable', /write a CEL comparison/u],
  ['numbers', 'a == true', /write a CEL comparison/u],
];

describe('a condition of Argo Rollouts', () => {
  for (const [source, result, expected] of OVER_NUMBERS) {
    it(`${source} over [${result.join(', ')}] is ${expected}`, () => assert.equal(outcomeOf(source, result), expected));
  }

  for (const [source, result, expected] of OVER_JSON) {
    it(`${source} over ${JSON.stringify(result)} is ${expected}`, () => assert.equal(outcomeOf(source, { json: result }), expected));
  }

  for (const [shape, source, remedy] of OTHER_LANGUAGE) {
    it(`${source} is refused when the template is read, with the wording that works`, () => {
      const condition = compileCondition(source, shape);
      assert.match(condition.ok ? 'accepted' : condition.remedy, remedy);
    });
  }
});

describe('a jsonPath of Argo Rollouts', () => {
  const answer: JsonValue = { key: [{ key2: { value: '1' } }], data: { ok: true }, list: [1, 2, 3] };
  const table: readonly (readonly [path: string, values: readonly JsonValue[]])[] = [
    ['{$}', [answer]],
    ['{$.data.ok}', [true]],
    ['{$.data}', [{ ok: true }]],
    ['{$.key[0].key2.value}', ['1']],
    ['{.key[0].key2.value}', ['1']],
    ['{$.list}', [[1, 2, 3]]],
    ['{$.key[0].key2.novalue}', []],
  ];
  for (const [path, values] of table) {
    it(`${path} leads to ${JSON.stringify(values)}`, () => {
      const read = readJsonPath(path);
      assert.ok(read.ok);
      assert.deepEqual(read.find(answer), values);
    });
  }
});
