import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { substituteCondition, substituteQuery } from '../../src/core/analysis/arguments.ts';
import { tokenize } from '../../src/sim/metrics/promql/tokens.ts';

const values = (given: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string | undefined> =>
  new Map(Object.entries(given));

function filled(query: string, given: Readonly<Record<string, string | undefined>>): string {
  const result = substituteQuery(query, values(given));
  return result.ok ? result.text : `${result.problem}; ${result.remedy}`;
}

describe('arguments in a query', () => {
  it('fill label matchers and plain places', () => {
    assert.equal(filled('x{a="{{args.a}}",b=\'{{ args.a }}\'}', { a: 'shop-1.2' }), 'x{a="shop-1.2",b=\'shop-1.2\'}');
    assert.equal(
      filled('rate({{args.metric}}[{{args.window}}]) > {{args.limit}}', { metric: 'http_total', window: '5m', limit: '0.5' }),
      'rate(http_total[5m]) > 0.5',
    );
  });

  it('cannot end the string they stand in', () => {
    assert.equal(filled('x{a="{{args.a}}"}', { a: '"} or vector(1) #' }), String.raw`x{a="\"} or vector(1) #"}`);
    assert.equal(filled('x{a="{{args.a}}"}', { a: 'back\\slash"' }), String.raw`x{a="back\\slash\""}`);
    assert.equal(filled("x{a='{{args.a}}'}", { a: "it's" }), String.raw`x{a='it\'s'}`);
    assert.equal(filled('x{a="{{args.a}}"}', { a: 'two\nlines' }), String.raw`x{a="two\u000alines"}`);
    assert.match(filled('x{a=`{{args.a}}`}', { a: '`' }), /backtick/);
  });

  it('are refused outside a string unless they are a number, a duration or an identifier', () => {
    for (const value of ['a b', 'x} or vector(1', '1+1', '5m]', 'a-b', '', '{{args.b}}', '"x"', '#']) {
      assert.match(filled('sum({{args.a}})', { a: value, b: '1' }), /outside a quoted string/, value);
    }
  });

  it('are not expanded again', () => {
    assert.equal(filled('x{a="{{args.a}}"}', { a: '{{args.b}}', b: 'secret' }), 'x{a="{{args.b}}"}');
  });

  it('are named when they are unknown, unresolved or malformed', () => {
    assert.match(filled('x{a="{{args.b}}"}', { a: 'x' }), /the argument b is used but not declared/);
    assert.match(filled('x{a="{{args.a}}"}', { a: undefined }), /the argument a has no value/);
    assert.match(filled('x{a="{{inputs.a}}"}', { a: 'x' }), /\{\{inputs\.a\}\} is no argument/);
  });

  it('read quotes and escapes of the query itself', () => {
    assert.equal(filled(String.raw`x{q="\"",a="{{args.a}}"}`, { a: 'a b' }), String.raw`x{q="\"",a="a b"}`);
    assert.match(filled(String.raw`x{q="\""} > {{args.a}}`, { a: 'a b' }), /outside a quoted string/);
    assert.match(filled('x # it"s\n > {{args.a}}', { a: 'a b' }), /outside a quoted string/, 'a quote in a comment opens nothing');
  });

  it('any value comes back from a PromQL reader as it was, in one string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom('"', "'"), (value, quote) => {
        const text = filled(`x{a=${quote}{{args.a}}${quote}}`, { a: value });
        const tokens = tokenize(text);
        assert.deepEqual(
          tokens.map((token) => token.kind),
          ['name', 'symbol', 'name', 'symbol', 'string', 'symbol', 'end'],
          text,
        );
        assert.equal(tokens[4]?.text, value);
      }),
      { seed: 3, numRuns: 1000 },
    );
  });
});

describe('arguments in a condition', () => {
  it('take plain numbers only', () => {
    assert.deepEqual(substituteCondition('result[0] >= {{args.min}}', values({ min: '0.95' })), { ok: true, text: 'result[0] >= 0.95' });
    for (const value of ['true', '1 || true', '', '1m'])
      assert.equal(substituteCondition('result[0] >= {{args.min}}', values({ min: value })).ok, false, value);
    assert.equal(substituteCondition('result[0] >= {{args.max}}', values({ min: '1' })).ok, false);
  });
});
