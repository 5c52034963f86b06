import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decideRollout } from '../../src/core/rollout/decide-rollout.ts';
import { build, canaryProperty } from './canary-property.ts';
import { START } from './world.ts';

const SEED = 20260103;

describe('random rollouts', () => {
  it(`keep every promise at every decision and come to rest when things calm down (seed ${SEED})`, () => {
    fc.assert(canaryProperty, { seed: SEED, numRuns: 600 });
  });

  it(`never make decide throw, whatever is missing or odd (seed ${SEED})`, () => {
    const world = build({
      replicas: 5,
      maxSurge: 1,
      maxUnavailable: 0,
      steps: [{ setWeight: 20 }, { pause: { duration: '1m' } }, { analysis: { templates: [{ templateName: 'slo' }] } }],
      background: true,
      services: true,
      onFailure: 'Revert',
      window: undefined,
      happenings: [],
    });
    world.applied('c1');
    for (let count = 0; count < 6; count += 1) world.tick();
    world.deploy('v2');
    for (let count = 0; count < 12; count += 1) world.tick();
    const base = world.observe();
    const paths = leaves(base.rollout).filter((path) => !['apiVersion', 'kind'].includes(path[0] ?? ''));
    const odd = fc.constantFrom<unknown>(undefined, '', '!', 'x'.repeat(300), -1, 0, 1e9, Number.NaN, true, [], {});
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), odd), { minLength: 1, maxLength: 4 }), fc.boolean(), (changes, bare) => {
        let rollout: unknown = base.rollout;
        for (const [path, value] of changes) rollout = sameKind(rollout, path, value) ? withValue(rollout, path, value) : rollout;
        const observed = {
          ...base,
          rollout: rollout as typeof base.rollout,
          ...(bare ? { replicaSets: [], analysisRuns: [], services: new Map() } : {}),
        };
        assert.doesNotThrow(() => decideRollout(observed, START));
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });
});

function leaves(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, key]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined), value);
}

/** Mutilations stay within what a parser could let through: a text for a text, a number for a number, or absent. */
function sameKind(value: unknown, path: readonly string[], next: unknown): boolean {
  const required = [
    'name',
    'strategy',
    'selector',
    'matchLabels',
    'type',
    'status',
    'reason',
    'message',
    'lastTransitionTime',
    'templates',
    'templateName',
    'startTime',
  ];
  if (next === undefined) return !required.includes(path.at(-1) ?? '') && !/^\d+$/.test(path.at(-1) ?? '');
  return typeof at(value, path) === typeof next;
}

function withValue(value: unknown, path: readonly string[], next: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return next;
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? withValue(item, rest, next) : item));
  if (typeof value !== 'object' || value === null) return value;
  const changed = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, name === key ? withValue(member, rest, next) : member]),
  );
  return Object.fromEntries(Object.entries(changed).filter(([, member]) => member !== undefined));
}
