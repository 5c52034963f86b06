import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RolloutSpec } from '../../src/api/rollout.ts';
import { BOTH } from './blue-green-world.ts';
import { routed } from './routed-strategy.ts';
import { World } from './world.ts';
import { WorldConfig } from './world-config.ts';

const SLO = { templates: [{ templateName: 'slo' }] };
const THREE_DAYS = 3 * 24 * 60 * 60;
/** A year. */
const RELEASES = 120;
/** The longest list of the status, the quarantine, is full: 20 entries, one every fifth release. */
const FULL = 100;
const JUDGED = [{ setWeight: 20 }, { analysis: SLO }, { setWeight: 60 }];

const STRATEGIES: Readonly<Record<string, RolloutSpec['strategy']>> = {
  'by numbers of pods': { canary: { stableService: 'stable', canaryService: 'canary', analysis: SLO, steps: JUDGED } },
  'with a router': routed({ analysis: SLO, steps: [{ setHeaderRoute: { name: 'beta', match: [] } }, ...JUDGED] }).strategy,
  'with blue-green': { blueGreen: { activeService: 'active', previewService: 'preview', ...BOTH } },
};

/** What a Rollout leaves behind at the end of a release. */
interface Left {
  readonly replicaSets: number;
  readonly runs: number;
  readonly copies: number;
  /** Entries of every list and map of the status, by their path. */
  readonly entries: ReadonlyMap<string, number>;
}

function entriesOf(value: unknown, path: string, into: Map<string, number>): Map<string, number> {
  if (typeof value !== 'object' || value === null) return into;
  const members = Object.entries(value);
  // Places of a list and keys of a map are told apart by their content, not by their name.
  into.set(path, Math.max(into.get(path) ?? 0, members.length));
  for (const [name, member] of members) entriesOf(member, `${path}.${Array.isArray(value) || /-/.test(name) ? '*' : name}`, into);
  return into;
}

function leftBy(world: World): Left {
  return {
    replicaSets: world.sets.size,
    runs: world.runs.size,
    copies: world.config?.copies().length ?? 0,
    entries: entriesOf(world.status, 'status', new Map()),
  };
}

/** One release, each of another image and another ConfigMap: good, bad, aborted and retried, promoted in full, replaced by the next one in its middle. */
function release(world: World, count: number): void {
  world.config?.set('app', { count: String(count) });
  const spec = { containers: [{ name: 'app', image: `v${count}`, envFrom: [{ configMapRef: { name: 'app' } }] }] };
  world.change({ template: { metadata: { labels: { app: 'checkout' } }, spec } });
  world.applied(`c${count}`);
  world.run(12);
  const target = `${world.status?.currentPodHash}@${count}`;
  if (count % 5 === 1) world.judgeAll('Failed');
  if (count % 5 === 2) {
    world.annotations['sluice.dev/abort'] = target;
    world.run(2);
    world.annotations['sluice.dev/request'] = `retry:${target}`;
    world.run(4);
  }
  if (count % 5 === 3) world.annotations['sluice.dev/request'] = `promote-full:${target}`;
  if (count % 5 === 4) return;
  for (let round = 0; round < 25; round += 1) {
    world.tick();
    world.judgeAll('Successful');
  }
  world.tick(THREE_DAYS);
}

function most(days: readonly Left[], of: (left: Left) => number): number {
  return Math.max(...days.map(of));
}

describe('a year of releases, one every three days,', () => {
  for (const [name, strategy] of Object.entries(STRATEGIES)) {
    it(`leaves no more behind at its end than before, ${name} (AR#4571)`, () => {
      const world = new World({ replicas: 4, strategy, rollback: { onFailure: 'Revert' }, rollbackWindow: { revisions: 3 } });
      world.config = new WorldConfig();
      const days: Left[] = [];
      for (let count = 0; count < RELEASES; count += 1) {
        release(world, count);
        days.push(leftBy(world));
        // What was decided is of no interest here, and would be all that grows.
        world.plans.splice(0);
      }
      const [early, late] = [days.slice(0, FULL), days.slice(FULL)];
      for (const count of ['replicaSets', 'runs', 'copies'] as const) {
        assert.ok(most(late, (left) => left[count]) <= most(early, (left) => left[count]), count);
      }
      for (const path of new Set(late.flatMap(({ entries }) => [...entries.keys()]))) {
        const of = ({ entries }: Left): number => entries.get(path) ?? 0;
        assert.ok(most(late, of) <= most(early, of), `${path} has ${most(late, of)} entries, and had ${most(early, of)}`);
      }
    });
  }
});
