import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisTemplate } from '../../src/api/analysis.ts';
import { analysisTemplate, hashOf, healthyWorld, type World } from './world.ts';

type Spec = Partial<AnalysisTemplate['spec']>;

const metric = (name: string, query = 'up') => ({ name, interval: '30s', count: 2, provider: { prometheus: { query } } });

/** A release that waits for an analysis of these templates. */
function released(templates: Readonly<Record<string, Spec>>, analysis: object = {}): World {
  const names = { templates: [{ templateName: Object.keys(templates)[0] ?? '' }], ...analysis };
  const world = healthyWorld({ strategy: { canary: { canaryService: 'canary', steps: [{ setWeight: 20 }, { analysis: names }] } } });
  for (const [name, spec] of Object.entries(templates))
    world.templates.set(name, analysisTemplate(name, { args: [], metrics: [], ...spec }));
  world.deploy('v2');
  world.applied('c2');
  world.run(30);
  return world;
}

const RUN = `checkout-${hashOf('v2')}-2-1`;

function ready(world: World): string {
  const condition = world.status?.conditions?.find((one) => one.type === 'Ready');
  return `${condition?.reason}: ${world.status?.message}`;
}

describe('templates of templates', () => {
  it('are taken over once each, however many lead to them', () => {
    const world = released({
      all: { templates: [{ templateName: 'left' }, { templateName: 'right' }] },
      left: { metrics: [metric('a')], templates: [{ templateName: 'shared' }] },
      right: { metrics: [metric('b')], templates: [{ templateName: 'shared' }] },
      shared: { args: [{ name: 'service', value: 'checkout' }], metrics: [metric('c', 'up{service="{{args.service}}"}')] },
    });
    const spec = world.runs.get(RUN)?.spec;
    assert.deepEqual(
      spec?.metrics?.map(({ name }) => name),
      ['a', 'c', 'b'],
    );
    assert.deepEqual(spec.args, [{ name: 'service', value: 'checkout' }]);
  });

  it('that lead back to themselves are refused with the way round', () => {
    const world = released({
      first: { templates: [{ templateName: 'second' }] },
      second: { metrics: [metric('a')], templates: [{ templateName: 'third' }] },
      third: { metrics: [metric('b')], templates: [{ templateName: 'second' }] },
    });
    assert.equal(world.runs.size, 0);
    assert.match(
      ready(world),
      /^InvalidSpec: the analysis cannot be started: the templates lead back to themselves: AnalysisTemplate second -> AnalysisTemplate third -> AnalysisTemplate second; take one out/,
    );
    assert.equal(world.status?.currentStepIndex, 0, 'nothing moves while an analysis to come cannot be started');
  });

  it('that are missing are named with the one that names them', () => {
    assert.match(
      ready(released({ all: { templates: [{ templateName: 'gone' }] } })),
      /AnalysisTemplate gone, which AnalysisTemplate all names, does not exist or is invalid; create or correct it/,
    );
  });

  it('with one metric name in two of them are refused', () => {
    assert.match(
      ready(released({ all: { metrics: [metric('a')], templates: [{ templateName: 'more' }] }, more: { metrics: [metric('a')] } })),
      /metric a is in two templates; rename one/,
    );
  });
});

describe('arguments over several templates', () => {
  const both = { templates: [{ templateName: 'template-a' }, { templateName: 'template-b' }] };
  const query = 'up{host="{{args.host}}",repo="{{args.repo}}"}';
  const templates: Readonly<Record<string, Spec>> = {
    'template-a': { args: [{ name: 'host', value: 'SHOULD-NOT-USE' }, { name: 'repo' }], metrics: [metric('metric-1', query)] },
    'template-b': { args: [{ name: 'host' }, { name: 'repo', value: 'SHOULD-NOT-USE' }], metrics: [metric('metric-2', query)] },
  };

  it('take the value of the Rollout before any of a template, and that of whichever template has one', () => {
    const args = [
      { name: 'host', value: 'api.example.com' },
      { name: 'repo', value: 'shop' },
    ];
    assert.deepEqual(released(templates, { ...both, args }).runs.get(RUN)?.spec.args, args);
    assert.deepEqual(released(templates, both).runs.get(RUN)?.spec.args, [
      { name: 'host', value: 'SHOULD-NOT-USE' },
      { name: 'repo', value: 'SHOULD-NOT-USE' },
    ]);
  });

  it('with two values and none from the Rollout are refused', () => {
    const two = {
      ...templates,
      'template-b': {
        args: [
          { name: 'host', value: 'other' },
          { name: 'repo', value: 'shop' },
        ],
        metrics: [metric('metric-2')],
      },
    };
    assert.match(
      ready(released(two, both)),
      /argument host has two values in the templates \(SHOULD-NOT-USE and other\); give it in the Rollout's analysis args/,
    );
  });

  it('take the default of the template while the Rollout has no such label or annotation, and without one say which to set', () => {
    const one = (path: string) => ({
      templates: [{ templateName: 'one' }],
      args: [{ name: 'region', valueFrom: { fieldRef: { fieldPath: path } } }],
    });
    for (const path of ["metadata.labels['region']", 'metadata.annotations["example.com/region"]']) {
      const world = released({ one: { args: [{ name: 'region', value: 'all' }], metrics: [metric('a')] } }, one(path));
      assert.deepEqual(world.runs.get(RUN)?.spec.args, [{ name: 'region', value: 'all' }]);
    }
    const open = { one: { args: [{ name: 'region' }], metrics: [metric('a')] } };
    assert.match(
      ready(released(open, one("metadata.labels['region']"))),
      /argument region has no value; set metadata\.labels\['region'\] of the Rollout, or a default in the template/,
    );
    assert.match(ready(released(open, one('metadata.region'))), /metadata\.region is not a text, number or boolean of this Rollout/);
  });

  it('may be read from the Rollout by the template itself', () => {
    const args = [{ name: 'app', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    const world = released({ one: { args, metrics: [metric('a', 'up{app="{{args.app}}"}')] } });
    assert.deepEqual(world.runs.get(RUN)?.spec.args, [{ name: 'app', value: 'checkout' }]);
    const wrong = released({
      one: { args: [{ name: 'app', valueFrom: { fieldRef: { fieldPath: 'metadata.nothing' } } }], metrics: [metric('a')] },
    });
    assert.match(ready(wrong), /argument app: metadata\.nothing is not a text, number or boolean of this Rollout/);
  });

  it('M3: take no value from a Secret, and say where credentials belong', () => {
    const args = [{ name: 'token', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } }];
    const world = released({ one: { args, metrics: [metric('a')] } });
    assert.equal(world.runs.size, 0);
    assert.match(
      ready(world),
      /^Unsupported: .*spec\.args\[0\]\.valueFrom\.secretKeyRef \(token\): Unsupported: no Secret is read .*MetricProvider/,
    );
  });
});

describe('what a run could not measure anyway', () => {
  it('keeps the release from moving before it begins: conditions, limits, dry runs, and what is Unsupported', () => {
    const wrong = released({ one: { metrics: [{ ...metric('a'), successCondition: 'result[0] and true' }] } });
    assert.match(ready(wrong), /^InvalidSpec: .*successCondition .*write `&&`/);
    assert.equal(wrong.status?.currentStepIndex, 0);
    assert.match(
      ready(released({ one: { metrics: [metric('a')], dryRun: [{ metricName: 'b' }] } })),
      /spec\.dryRun\[0\]\.metricName \(b\): matches no metric/,
    );
    const slo = { name: 'x', objective: 99.9, sli: { events: { total: 'a', bad: 'b' } } };
    assert.match(ready(released({ one: { slos: [slo] } })), /^Unsupported: the analysis cannot be started: spec\.slos: Unsupported/);
  });
});

describe('a run under way', () => {
  it('keeps the spec that it began with, whatever becomes of its templates', () => {
    const world = released({ one: { metrics: [metric('a')] } });
    const before = world.runs.get(RUN);
    assert.ok(before !== undefined);
    world.templates.set('one', analysisTemplate('one', { metrics: [metric('other')] }));
    world.run(3);
    assert.deepEqual(world.runs.get(RUN)?.spec, before.spec);
    world.templates.delete('one');
    world.run(3);
    assert.doesNotMatch(ready(world), /cannot be started/);
    world.verdict(RUN, 'Successful');
    world.until(() => world.status?.stableRS === hashOf('v2'));
  });

  it('takes the dry runs and the retention of the Rollout with those of the template', () => {
    const world = released(
      { one: { metrics: [metric('a'), metric('b')], dryRun: [{ metricName: '^a$' }] } },
      { dryRun: [{ metricName: '^b$' }], measurementRetention: [{ metricName: '.*', limit: 20 }] },
    );
    const spec = world.runs.get(RUN)?.spec;
    assert.deepEqual(
      [spec?.dryRun, spec?.measurementRetention],
      [[{ metricName: '^a$' }, { metricName: '^b$' }], [{ metricName: '.*', limit: 20 }]],
    );
  });
});
