import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { instant, millis } from '../../src/api/time.ts';
import { describeStep } from '../../src/cli/model/steps.ts';
import { formatAge, formatDuration } from '../../src/cli/render/age.ts';
import { createPaint } from '../../src/cli/render/color.ts';
import { clean } from '../../src/cli/render/escape.ts';
import { toJson, toYaml } from '../../src/cli/render/output.ts';
import { cell, renderTable } from '../../src/cli/render/table.ts';
import { flattenTree } from '../../src/cli/render/tree.ts';

const SEED = { seed: 20261123, numRuns: 500 };
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const hostile = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    '\u001b',
    '[',
    ']',
    '0',
    ';',
    'm',
    '\u0007',
    '\u009b',
    '\u009d',
    '\u009c',
    '\n',
    '\r',
    '\u202e',
    '\u200d',
    '\u{e0041}',
    '\ud800',
    '✔',
  ),
});

describe('clean', () => {
  it('lets nothing through that acts on a terminal, whatever comes in', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
        assert.doesNotMatch(clean(text), UNSAFE);
        assert.equal(clean(clean(text)), clean(text));
      }),
      SEED,
    );
  });

  it('removes whole sequences, not only their first character', () => {
    const E = '\u001b';
    assert.equal(clean(`a${E}[1;31mb${E}[0mc`), 'abc');
    assert.equal(clean(`a${E}]8;;https://evil.example${E}\\link${E}]8;;${E}\\b`), 'alinkb');
    assert.equal(clean(`a${E}]0;title\u0007b\u009b2Jc`), 'abc');
    assert.equal(clean(`a${E}Pq#1${E}\\b${E}cd`), 'abd');
  });

  it('keeps words apart where a line ended, and letters of every alphabet', () => {
    assert.equal(clean('one\r\n\ttwo\u2028three'), 'one two three');
    assert.equal(clean('größer, 検証, ✔'), 'größer, 検証, ✔');
  });

  it('cuts by characters, not in the middle of one', () => {
    assert.equal(clean('𝒂𝒃𝒄𝒅', 3), '𝒂𝒃…');
    assert.equal(clean('abc', 3), 'abc');
  });
});

describe('JSON and YAML', () => {
  it('give back what went in and hold no unsafe character', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), (text) => {
        const value = { [`key ${text}`]: text, list: [text, { text }] };
        for (const written of [toJson(value), toYaml(value)]) assert.doesNotMatch(written.replaceAll(/[\n\t]/gu, ''), UNSAFE);
        assert.deepEqual(JSON.parse(toJson(value)), value);
        assert.deepEqual(parse(toYaml(value)), value);
      }),
      SEED,
    );
  });
});

describe('ages', () => {
  it('read as those of kubectl', () => {
    const cases: readonly (readonly [seconds: number, text: string])[] = [
      [0, '0s'],
      [119, '119s'],
      [120, '2m'],
      [200, '3m20s'],
      [599, '9m59s'],
      [600, '10m'],
      [10_799, '179m'],
      [10_800, '3h'],
      [19_800, '5h30m'],
      [28_800, '8h'],
      [172_799, '47h'],
      [172_800, '2d'],
      [180_000, '2d2h'],
      [691_200, '8d'],
    ];
    for (const [seconds, text] of cases) assert.equal(formatDuration(millis(seconds * 1000)), text);
  });

  it('are empty for what is no time and never negative', () => {
    const now = instant(Date.parse('2026-11-23T12:00:00Z'));
    assert.equal(formatAge(undefined, now), '');
    assert.equal(formatAge('yesterday', now), '');
    assert.equal(formatAge('2026-11-23T12:00:05Z', now), '0s');
  });
});

describe('tables and trees', () => {
  it('align columns, colour without moving them, and leave out a column that is empty', () => {
    const rows = [
      [cell('a', 'good'), cell(''), cell('x')],
      [cell('longer'), cell(''), cell('')],
    ];
    assert.deepEqual(renderTable(['NAME', 'EMPTY', 'LAST'], rows, createPaint(false)), ['NAME    LAST', 'a       x', 'longer']);
    const coloured = renderTable(['NAME', 'EMPTY', 'LAST'], rows, createPaint(true));
    assert.deepEqual(
      coloured.map((line) => clean(line)),
      ['NAME    LAST', 'a       x', 'longer'],
    );
    assert.notEqual(coloured[1], 'a       x');
  });

  it('draw branches to every depth', () => {
    const leaf = (name: string) => ({ cells: [cell(name)], children: [] });
    const root = {
      cells: [cell('root')],
      children: [
        { cells: [cell('one')], children: [leaf('a'), leaf('b')] },
        { cells: [cell('two')], children: [leaf('c')] },
      ],
    };
    assert.deepEqual(
      flattenTree(root).map(([first]) => first?.text),
      ['root', '├─ one', '│  ├─ a', '│  └─ b', '└─ two', '   └─ c'],
    );
  });
});

describe('steps in words', () => {
  it('name what each kind does, and one from another version by its name', () => {
    const cases: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ setWeight: 25 }, 'set weight 25'],
      [{ pause: {} }, 'pause until promoted'],
      [{ pause: { duration: '5m' } }, 'pause 5m'],
      [{ pause: { duration: 30 } }, 'pause 30s'],
      [{ pause: { duration: '30' } }, 'pause 30s'],
      [{ gate: {} }, 'gate'],
      [{ gate: { maxDuration: '20m' } }, 'gate, at most 20m'],
      [{ analysis: { templates: [{ templateName: 'a' }, { templateName: 'b' }] } }, 'analysis a, b'],
      [{ setCanaryScale: { replicas: 3 } }, 'set canary scale 3 pods'],
      [{ setCanaryScale: { weight: 50 } }, 'set canary scale 50 %'],
      [{ setCanaryScale: { matchTrafficWeight: true } }, 'set canary scale as the weight'],
      [{ setHeaderRoute: { name: 'beta', match: [{ headerName: 'x', headerValue: { exact: 'y' } }] } }, 'set header route beta'],
      [{ setHeaderRoute: { name: 'beta' } }, 'remove header route beta'],
      [{ setMirrorRoute: { name: 'shadow', match: [{}] } }, 'set mirror route shadow'],
      [{ plugin: { name: 'x' } }, 'plugin'],
      [{}, 'empty step'],
    ];
    for (const [step, text] of cases) assert.equal(describeStep(step), text);
  });
});
