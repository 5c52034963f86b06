import { decideRollout } from '../../src/core/rollout/decide-rollout.ts';
import { hashOf, START, World } from '../core-rollout/world.ts';

const STEPS = Array.from({ length: 10 }, (_, index) => ({ setWeight: (index + 1) * 9 }));
const ANALYSIS = { templates: [{ templateName: 'slo' }] };

/** Decisions a second for a 10-step canary with background analysis, over every observation of one whole release. */
function observations(): ReturnType<World['observe']>[] {
  const world = new World({ strategy: { canary: { stableService: 'stable', canaryService: 'canary', analysis: ANALYSIS, steps: STEPS } } });
  world.until(() => world.status?.phase === 'Healthy');
  world.deploy('v2');
  const seen: ReturnType<World['observe']>[] = [];
  world.until(
    () => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v2'),
    100,
    () => seen.push(world.observe()),
  );
  return seen;
}

const seen = observations();
if (seen.length < 10) throw new Error('the release ended before it was observed');
const now = START;
for (let warm = 0; warm < 100; warm += 1) for (const one of seen) decideRollout(one, now);

const rounds = Math.ceil(40_000 / seen.length);
const start = performance.now();
for (let round = 0; round < rounds; round += 1) for (const one of seen) decideRollout(one, now);
const seconds = (performance.now() - start) / 1000;
const decisions = rounds * seen.length;
process.stdout.write(
  `decide: ${Math.round(decisions / seconds)} decisions/s over ${seen.length} observations of a 10-step canary (${decisions} decisions in ${seconds.toFixed(2)} s)\n`,
);
