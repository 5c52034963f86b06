import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lintDocuments } from '../../src/core/lint/lint-documents.ts';
import { readDocuments } from '../../src/core/lint/read-documents.ts';

describe('a manifest file', () => {
  it('may hold several documents, of which empty ones do not count', () => {
    const documents = readDocuments('---\n# nothing\n---\na: 1\n---\n\n---\nb: 2\n');
    assert.deepEqual(
      documents.map((document) => [document.line, document.value]),
      [
        [4, { a: 1 }],
        [8, { b: 2 }],
      ],
    );
  });

  it('that explodes by aliases is refused without being expanded', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) =>
        `l${level}: &l${level} [${
          level === 0
            ? 'x'
            : Array(10)
                .fill(`*l${level - 1}`)
                .join(', ')
        }]`,
    );
    const [document] = readDocuments(levels.join('\n'));
    assert.equal(document?.value, undefined);
    assert.match(document?.problems[0]?.problem ?? '', /alias/);
  });

  it('that is huge or nested without end is refused, and nothing is thrown', () => {
    assert.match(readDocuments('a: b\n'.repeat(300_000))[0]?.problems[0]?.problem ?? '', /1 MiB/);
    const [deep] = readDocuments('['.repeat(200_000));
    assert.ok((deep?.problems.length ?? 0) > 0);
  });

  it('names the line of what is no YAML and still judges the other documents', () => {
    const linted = lintDocuments('a: [1\n---\napiVersion: sluice.dev/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec: {}\n');
    assert.match(linted[0]?.problems[0]?.field ?? '', /^line \d+, column \d+$/);
    assert.ok(
      linted.some((document) => document.kind === 'Rollout' && document.problems.some((problem) => problem.field === 'spec.strategy')),
    );
  });

  it('that is no YAML is told so once, with the line of the first thing wrong', () => {
    for (const [text, line, problem] of [
      ['<html>\n<body class="x">: a\n</body>\n', 1, /is not YAML/],
      ['a: b\n c: d\n  e: f\n- x\n', 1, /is not YAML/],
      ['a: 1\nkind: Rollout\n\tmetadata: x\nspec: "open\n', 3, /is not YAML: Tabs/],
      ['a: 1\nb: {{ .Values.b }}\nc: {{ .Values.c }}\n', 2, /a key that is no text, as has a template that nobody filled in/],
      ['a: &x 1\nb: *x\nc: *x\n', 2, /alias/],
      ['\u007fELF\0\0a: [', 1, /is no text/],
    ] as const) {
      const problems = lintDocuments(text).flatMap((document) => document.problems);
      assert.equal(problems.length, 1, text);
      assert.equal(problems[0]?.line, line, text);
      assert.match(problems[0]?.problem ?? '', problem);
    }
  });

  it('is told the line of each field, or of what should hold it', () => {
    const text = `# not this one
a: 1
---
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata:
  name: x
spec:
  selector:
    matchLabels:
      app: x
      "bad key": "1"
  template:
    metadata: {labels: {app: x}}
  strategy:
    canary:
      canaryServce: x
      steps:
      - setWeight: 500
      -
        pause: {duration: soon}
      - {}
`;
    const lines = lintDocuments(text)[1]?.problems.map(({ field, line }) => [field, line] as const);
    const strategy = 'spec.strategy.canary';
    assert.deepEqual(
      new Map(lines),
      new Map<string, number>([
        [`${strategy}.canaryServce`, 17],
        ['spec.template.spec', 13],
        ['spec.selector.matchLabels[bad key]', 12],
        [`${strategy}.steps[0].setWeight`, 19],
        [`${strategy}.steps[1].pause.duration`, 21],
        [`${strategy}.steps[2]`, 22],
      ]),
    );
  });

  it('whose documents are no objects, or say not what they are, is told so', () => {
    assert.match(lintDocuments('- a\n')[0]?.problems[0]?.problem ?? '', /not an object/);
    assert.deepEqual(
      lintDocuments('a: 1\n')[0]?.problems.map((problem) => problem.field),
      ['apiVersion', 'kind', 'metadata.name'],
    );
  });

  it('keeps keys that objects have by themselves from doing harm', () => {
    const [document] = readDocuments('__proto__: {polluted: true}\nconstructor: 1\n');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.equal(document?.problems.length, 0);
  });
});
