import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENDPOINT_SLICE, ROLLOUT } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import type { PortRequest } from '../../src/sim/scenario/incarnation.ts';
import { runScenario, type Scenario } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, at, injectFault, patchObject, podsBehave, type TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import type { Until } from '../../src/sim/scenario/until.ts';
import { ask, conditionsAtEnd, healthyAt, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { route, routed } from './routed-lab.ts';

const HALF = '[{setWeight: 50}, {pause: {}}, {setWeight: 75}, {pause: {duration: 30s}}]';

/** A canary whose stable revision keeps the pods for its own share only. */
function small(tag: string): string {
  return web({ tag, steps: HALF, canary: 'trafficRouting: {gatewayAPI: {httpRoute: web}}\ndynamicStableScale: true' });
}

/** The spec names no router any more; numbers of pods are to make the weight. */
function withoutRouter(more: Readonly<Record<string, unknown>> = {}): Action {
  const canary = { trafficRouting: null, dynamicStableScale: null };
  return patchObject(ROLLOUT, 'shop/web', { spec: { strategy: { canary }, ...more } });
}

function played(timeline: readonly TimelineEvent[], until: Until): Scenario {
  return routed([route(), small('v1')], { timeline: [at('60s', apply(small('v2'))), ...timeline], until });
}

/** Where a line of the log first says this. */
function lineOf(text: string, words: string): number {
  const found = text.split('\n').findIndex((line) => line.includes(words));
  assert.notEqual(found, -1, `no line says ${words}`);
  return found;
}

/** The log says these things, each after the one before. */
function assertOrder(text: string, ...words: readonly string[]): void {
  const found = words.map((one) => lineOf(text, one));
  assert.deepEqual(
    found,
    found.toSorted((left, right) => left - right),
    words.join(', then '),
  );
}

const BROKEN = at('115s', podsBehave('web:v1', { type: 'crash-loop', delay: millis(0) }));
const FIX = { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:v3' }] } } };
const GIVEN_BACK = 'HTTPRoute web: search: search 1; shop: web-stable 100 web-canary 0';

describe('a router that is taken out of the spec in the middle of a release', () => {
  it('has its routes given back as soon as a stable revision that was small has grown to carry everything', async () => {
    const make = () => played([at('2m', withoutRouter()), at('4m', ask('resume', '1'))], healthyAt(2));
    const run = await playGolden('router-removed-small-stable', make);
    const after = run.text.slice(run.text.indexOf('> patch'));
    assertOrder(after, 'replicas of r1: 2 -> 4', 'replicas of r1: 4/4 available', GIVEN_BACK, 'replicas of r1: 4 -> 2', '> resume');
    assert.ok(!conditionsAtEnd(run).some((condition) => condition.startsWith('FormerRoutes')));
  });

  it('keeps its routes while stable is broken, and the release ends all the same', async () => {
    const make = () => played([BROKEN, at('2m', withoutRouter()), at('4m', ask('resume', '1'))], healthyAt(2));
    const run = await playGolden('router-removed-broken-stable', make);
    const after = run.text.slice(run.text.indexOf('> patch'));
    assertOrder(after, 'replicas of r2: 4/4 available', 'service web-stable: r1 -> r2', GIVEN_BACK, 'replicas of r1: 4 -> 0');
  });

  it('keeps its routes until the stable Service has ready endpoints of the revision that took it over', async () => {
    const lag = millis(3000);
    const scenario = played([BROKEN, at('2m', withoutRouter()), at('4m', ask('resume', '1'))], healthyAt(2));
    const worldLag: Scenario['worldLag'] = ({ kind, verb }) =>
      kind.plural === ENDPOINT_SLICE.plural && verb === 'update' ? lag : undefined;
    const run = await runScenario({ ...scenario, worldLag, settle: '2m' });
    assert.equal(run.problems, '');
    const given = run.log.findLast(({ text }) => text === GIVEN_BACK)?.at ?? 0;
    const switched = run.log.findLast(({ text }) => text === 'service web-stable: r1 -> r2')?.at ?? 0;
    assert.ok(given - switched >= lag, `switched at ${switched}, given back at ${given}`);
  });

  it('keeps its routes on the pods that carry them while stable is broken, until a fix serves alone', async () => {
    const make = () => played([BROKEN, at('2m', withoutRouter(FIX)), at('4m', ask('resume', '1'))], healthyAt(3));
    const run = await playGolden('router-removed-broken-stable-fix', make);
    const after = run.text.slice(run.text.indexOf('> patch'));
    assertOrder(after, 'replicas of r3: 4/4 available', 'service web-canary: r2 -> r3', GIVEN_BACK, 'replicas of r2: 2 -> 0');
  });

  it('is still followed by a controller that starts anew: its routes are read before anything is decided, and then it goes on', async () => {
    const update = (request: PortRequest): boolean => request.verb === 'update' && request.kind.kind === 'Rollout';
    const crash = at('2m', injectFault(update, { type: 'crash', when: 'before' }));
    const run = await runScenario(played([BROKEN, crash, at('2m', withoutRouter(FIX)), at('4m', ask('resume', '1'))], healthyAt(3)));
    assert.equal(run.problems, '');
    assertOrder(run.text, 'controller: started again', 'paused: CanaryPauseStep; canary r3', '> resume');
  });
});
