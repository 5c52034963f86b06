import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { JsonValue } from '../../src/api/json-value.ts';
import { type ConditionOutcome, checkCondition, compileCondition } from '../../src/core/analysis/condition.ts';
import { oversize, parseJson } from '../../src/core/analysis/json-value.ts';
import { conditions } from './condition-arbitrary.ts';

const ANSWER: JsonValue = {
  ok: true,
  rate: 0.95,
  count: 5,
  text: 'I am OK',
  major: '1',
  nothing: null,
  list: [{ value: 1 }, { value: 3 }],
};

function outcome(source: string, json: JsonValue): ConditionOutcome['kind'] {
  const compiled = compileCondition(source, 'json');
  return compiled.ok ? compiled.evaluate({ json }).kind : assert.fail(`${source}: ${checkCondition(source, 'json')}`);
}

describe('conditions over what a web endpoint answered', () => {
  const table: readonly (readonly [string, JsonValue, ConditionOutcome['kind']])[] = [
    ['result == true', true, 'true'],
    ['result', true, 'true'],
    ['result.ok && result.rate >= 0.90', ANSWER, 'true'],
    ['result.count == 5', ANSWER, 'true'],
    ['result.count != 5', ANSWER, 'false'],
    ['result.Status == 999', { Status: 0 }, 'false'],
    ["result.major == '1'", ANSWER, 'true'],
    ['result == "I am OK"', 'I am OK', 'true'],
    ['result == ""', '', 'true'],
    ['result[0].value < 3', [{ value: 1 }], 'true'],
    ['result.list[1].value >= 3', ANSWER, 'true'],
    ['result.list.all(x, x.value > 0)', ANSWER, 'true'],
    ['len(result.list) == 2 && len(result.text) == 7 && len(result) == 7', ANSWER, 'true'],
    ['asFloat(result) >= 0.9', '0.95', 'true'],
    ['asInt(result) >= 3', '3', 'true'],
    ['asInt(result) == 3', 3.9, 'true'],
    ['asInt(result) >= 3', '3.9', 'error'],
    ['asFloat(result) >= 0.9', 'NaN', 'error'],
    ['asFloat(result) >= 0.9', 'soon', 'error'],
    ['result.text.contains("OK") && result.text.startsWith("I")', ANSWER, 'true'],
    ['isNil(result.nothing) && isNil(result.missing) && isNil(result.missing.below)', ANSWER, 'true'],
    ['isNil(result.ok)', ANSWER, 'false'],
    ['has(result.ok) && !has(result.missing)', ANSWER, 'true'],
    ['default(result.missing, 1.0) > 0.5', ANSWER, 'true'],
    ['default(result.rate, 0.0) > 0.99', ANSWER, 'false'],
    ['result.missing == 1', ANSWER, 'error'],
    ['result.rate * 100.0 >= 95.0', ANSWER, 'true'],
    ['result.text', ANSWER, 'error'],
    ['result.text > 1', ANSWER, 'error'],
    ['result.constructor == 1', ANSWER, 'error'],
    ['"__proto__" in result || "constructor" in result', ANSWER, 'false'],
  ];
  for (const [source, json, expected] of table) it(`${source} is ${expected}`, () => assert.equal(outcome(source, json), expected));

  it('are refused with the CEL wording where they are expr', () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ['result.a == nil', /write `isNil\(result\.x\)`/],
      ['result?.a == 1', /write `isNil\(result\.x\)`/],
      ['result contains "ok"', /write it as a method: `result\.contains\("ok"\)`/],
      ['result matches "^ok"', /`matches`/],
      ['result.text.matches("(a+)+$")', /`matches`/],
      ['all(result.list, {# > 1})', /as a method with a variable/],
      ['result.a and result.b', /write `&&`/],
      ['string(result.a) == "1"', /string\(\) may not be used/],
      ['result.text.split(",")[0] == "a"', /does not check|may not be used/],
      ['result.list.map(x, result.list.map(y, result.list.map(z, z)))', /nested deeper than 2|not true or false/],
      ['other.a == 1', /Unknown variable: other/],
      ['[1][0]', /yields int, not true or false/],
    ];
    for (const [source, message] of refused) assert.match(checkCondition(source, 'json') ?? 'accepted', message, source);
  });

  it('M1: repeat nothing of an answer when they cannot be computed', () => {
    const secret = 'hunter2-from-the-server';
    for (const source of [
      'int(result.k) > 1',
      'result[result.k] == 1',
      'result.k > 1',
      'asFloat(result.k) > 1.0',
      'result.l[7] == 1',
      'double(result.k) > 1.0',
    ]) {
      const compiled = compileCondition(source, 'json');
      assert.ok(compiled.ok, source);
      const got = compiled.evaluate({ json: { k: secret, l: [secret] } });
      assert.ok(got.kind === 'error', source);
      assert.ok(!got.message.includes('hunter2'), got.message);
    }
  });

  it('take no numbers where JSON is meant, and no JSON where numbers are', () => {
    const overJson = compileCondition('result.ok', 'json');
    const overNumbers = compileCondition('result[0] > 1');
    assert.ok(overJson.ok && overNumbers.ok);
    assert.equal(overJson.evaluate([1]).kind, 'error');
    assert.equal(overNumbers.evaluate({ json: [2] }).kind, 'error');
  });

  it('end in true, false or error soon, whatever the text and the answer', () => {
    const source = fc.oneof(
      conditions,
      fc.string({ maxLength: 60 }),
      conditions.map((text) => text.replaceAll('result[0]', 'result.list[0].value')),
    );
    fc.assert(
      fc.property(source, fc.jsonValue({ maxDepth: 4 }), (text, json) => {
        const compiled = compileCondition(text, 'json');
        if (!compiled.ok) return assert.ok(compiled.problem !== '' && compiled.remedy !== '');
        const value = parseJson(JSON.stringify(json));
        if (value === undefined || oversize(value) !== undefined) return;
        assert.ok(['true', 'false', 'error'].includes(compiled.evaluate({ json: value }).kind));
      }),
      { seed: 17, numRuns: 2000 },
    );
  });

  it('M13: the worst that is taken is quick on the largest answer that is taken', () => {
    const item = { t: 'x'.repeat(10), n: 1 };
    const json: JsonValue = { list: Array.from({ length: 100 }, () => item), big: 'y'.repeat(4096) };
    assert.equal(oversize(json), undefined);
    for (const source of [
      'result.list.all(x, result.list.all(y, !result.big.contains("yyz")))',
      'result.list.all(x, result.list.all(y, x == y))',
    ]) {
      const compiled = compileCondition(source, 'json');
      if (!compiled.ok) continue;
      // Processor time: on a machine that others use as well, the wall clock measures them.
      const started = process.cpuUsage();
      compiled.evaluate({ json });
      const { user, system } = process.cpuUsage(started);
      assert.ok(user + system < 1_000_000, source);
    }
  });
});

describe('an answer that a condition may look at', () => {
  it('is bounded in lists, texts, depth, parts and numbers', () => {
    const deep = Array.from({ length: 20 }).reduce<JsonValue>((inner) => [inner], 1);
    const table: readonly (readonly [JsonValue, RegExp])[] = [
      [Array.from({ length: 101 }, () => 1), /list or an object of over 100 members/],
      ['x'.repeat(4097), /text of over 4096 characters/],
      [deep, /nested deeper than 16/],
      [Array.from({ length: 100 }, () => Array.from({ length: 30 }, () => 1)), /over 2000 parts/],
      [Number.POSITIVE_INFINITY, /out of range/],
    ];
    for (const [value, message] of table) assert.match(oversize(value) ?? 'taken', message);
  });
});
