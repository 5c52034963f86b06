import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblem } from '../../src/api/field-problem.ts';
import { OWN_KINDS } from '../../src/api/kinds.ts';
import { parseRollout } from '../../src/api/parse.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { lintDocuments } from '../../src/core/lint/lint-documents.ts';
import { lintAnalysisReferences } from '../../src/core/lint/lint-references.ts';
import { lintRollout } from '../../src/core/lint/lint-rollout.ts';
import { UNCHECKABLE_RULES } from '../../src/core/lint/uncheckable-rules.ts';
import { unsupportedFields } from '../../src/core/lint/unsupported-fields.ts';
import { readCorpus } from './corpus.ts';

const POD = {
  selector: { matchLabels: { app: 'a' } },
  template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
};

function rollout(spec: object): Rollout {
  const parsed = parseRollout({ apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'a' }, spec: { ...POD, ...spec } });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

describe('lint of a Rollout', () => {
  it('reports every broken rule at once', () => {
    const broken = rollout({
      minReadySeconds: 700,
      strategy: {
        canary: { stableService: 's', canaryService: 's', maxSurge: '0%', maxUnavailable: 0, steps: [{}, { setWeight: 1, pause: {} }] },
      },
    });
    assert.deepEqual(
      lintRollout(broken).map((problem) => problem.field),
      [
        'spec.progressDeadlineSeconds',
        'spec.strategy.canary.canaryService',
        'spec.strategy.canary.maxUnavailable',
        'spec.strategy.canary.steps[0]',
        'spec.strategy.canary.steps[1]',
      ],
    );
  });

  it('finds nothing in the smallest one', () => {
    assert.deepEqual(lintRollout(rollout({ strategy: { canary: {} } })).map(formatProblem), []);
  });
});

describe('what is not done yet', () => {
  it('is named field by field, down to the step', () => {
    const fields = unsupportedFields(
      rollout({
        soak: { duration: '1m' },
        preflight: { minBudgetRemaining: '10%' },
        strategy: {
          canary: {
            steps: [
              { gate: {} },
              { setWeight: 5 },
              {
                analysis: {
                  templates: [{ templateName: 't' }],
                  args: [{ name: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
                },
              },
            ],
          },
        },
      }),
    ).map((problem) => problem.field);
    assert.deepEqual(fields.toSorted(), ['spec.preflight', 'spec.soak', 'spec.strategy.canary.steps[0].gate']);
  });

  it('does not count a switch that is off, an empty list, or what this version does', () => {
    const spec = {
      replicas: 3,
      paused: true,
      progressDeadlineAbort: false,
      rollback: { onFailure: 'Freeze', git: { targetRef: { name: 'g' } } },
      strategy: {
        canary: {
          maxSurge: 1,
          dynamicStableScale: false,
          analysis: {
            startingStep: 1,
            templates: [{ templateName: 't' }],
            args: [{ name: 'h', valueFrom: { podTemplateHashValue: 'Latest' } }],
            dryRun: [],
          },
          steps: [{ setWeight: 5 }, { pause: { duration: 10 } }, { pause: {} }],
        },
      },
    };
    assert.deepEqual(unsupportedFields(rollout(spec)).map(formatProblem), []);
  });
});

describe('the templates that a Rollout names', () => {
  const PROMETHEUS = { prometheus: { query: 'up' } };

  it('must not measure two metrics of one name together', () => {
    const named = rollout({ strategy: { canary: { analysis: { templates: [{ templateName: 'one' }, { templateName: 'two' }] } } } });
    const problems = lintAnalysisReferences(named, () => ({ metrics: [{ name: 'm', provider: PROMETHEUS }] }));
    assert.deepEqual(
      problems.map((problem) => problem.field),
      ['spec.strategy.canary.analysis.templates'],
    );
  });

  it('may measure without an end in the background, not in a step', () => {
    const endless = { metrics: [{ name: 'm', interval: '1m', provider: PROMETHEUS }] };
    const analysis = { templates: [{ templateName: 'one' }] };
    const background = rollout({ strategy: { canary: { analysis } } });
    const step = rollout({ strategy: { canary: { steps: [{ analysis }] } } });
    assert.deepEqual(
      lintAnalysisReferences(background, () => endless),
      [],
    );
    assert.equal(lintAnalysisReferences(step, () => endless).length, 1);
    assert.deepEqual(
      lintAnalysisReferences(step, () => undefined),
      [],
    );
  });
});

describe('lint of a file', () => {
  it('ignores a status, as the API server does, and takes a generated name', () => {
    const run =
      'apiVersion: sluice.dev/v1alpha1\nkind: AnalysisRun\nmetadata: {generateName: run-}\nstatus: {}\nspec: {metrics: [{name: m, provider: {}}]}\n';
    const [linted] = lintDocuments(run);
    assert.deepEqual(
      linted?.problems.map((problem) => problem.field),
      ['spec.metrics[0].provider'],
    );
  });
});

describe('the rules that no CEL expression can state', () => {
  it('each name a kind, a field and a reason', () => {
    for (const rule of UNCHECKABLE_RULES) {
      assert.ok(
        OWN_KINDS.some((kind) => kind.kind === rule.kind),
        rule.kind,
      );
      assert.ok(rule.field.startsWith('spec.') && rule.rule.length > 10 && rule.reason.length > 10, rule.field);
    }
  });

  it('each have a bad manifest that only lint refuses, where lint can', () => {
    const fields = readCorpus('bad')
      .filter((file) => file.refusedBy.join(' ') === 'lint')
      .map((file) => file.field);
    for (const { field } of UNCHECKABLE_RULES.filter((rule) => rule.checkedBy === 'lint')) {
      const pattern = field.split('*').map((part) => part.replaceAll(/[.[\]]/g, '\\$&').replaceAll('\\[\\]', '\\[\\d+\\]'));
      assert.ok(
        fields.some((found) => new RegExp(`^${pattern.join('.*')}`).test(found)),
        field,
      );
    }
  });
});

describe('a manifest with mistakes of several kinds', () => {
  const lint = lintDocuments(`apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: wbe}}, spec: {containers: [{name: web, image: 'web:1'}]}}
  strategy:
    canary:
      stepz: []
      steps:
      - {setWeight: 101}
      - {setWeight: 10, pause: {}}
      - pause: {duration: 5x}
`);

  it('is told of all of them at once: unknown fields, forms, and the rules between fields', () => {
    assert.deepEqual(lint[0]?.problems.map((problem) => problem.field).toSorted(), [
      'spec.selector.matchLabels[app]',
      'spec.strategy.canary.steps[0].setWeight',
      'spec.strategy.canary.steps[1]',
      'spec.strategy.canary.steps[2].pause.duration',
      'spec.strategy.canary.stepz',
    ]);
  });
});
