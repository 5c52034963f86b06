import { type Millis, millis } from '../../api/time.ts';
import type { Scenario } from './run-scenario.ts';
import { timeOf } from './timeline.ts';

/** How long the controller may still write in a run in which something is `lag` late: what follows from the last event takes so many `turns`, each of them late. */
export function settleBehind({ settle }: Scenario, lag: Millis, turns: number): Millis {
  return millis(Math.max(timeOf(settle ?? millis(0)), 5000) + turns * lag);
}
