import { z } from 'zod';
import { REPLICA_SET, ROLLOUT } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { SimCluster } from '../cluster/sim-types.ts';
import { viewRollout } from '../invariants/world-view.ts';
import type { GoldenLine } from '../scenario/golden-log.ts';
import type { ScenarioFile } from './scenario-schema.ts';
import type { Subject } from './scenario-timeline.ts';

const templateSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string() })).min(1) }) }),
  }),
});

/** How the Rollout ended. */
export interface Outcome {
  readonly phase: string;
  readonly message: string;
  /** The image of the first container of the stable revision. */
  readonly stable: string | undefined;
  readonly aborted: boolean;
}

/** Reads the end of a run off the simulated cluster. */
export function outcomeOf(sim: Pick<SimCluster, 'snapshot'>, { namespace, name }: Subject): Outcome {
  const object = sim.snapshot(ROLLOUT).find((one) => one.metadata.namespace === namespace && one.metadata.name === name);
  const status = viewRollout(object)?.status;
  const set = sim
    .snapshot(REPLICA_SET)
    .find((one) => one.metadata.namespace === namespace && one.metadata.labels?.[POD_TEMPLATE_HASH] === status?.stableRS);
  return {
    phase: status?.phase ?? 'none',
    message: status?.message ?? '',
    stable: templateSchema.safeParse(set).data?.spec.template.spec.containers[0]?.image,
    aborted: status?.abort === true,
  };
}

/** Texts of `expected` that the log does not hold in this order. */
function missingLines(log: readonly GoldenLine[], expected: readonly string[]): readonly string[] {
  let from = 0;
  return expected.filter((text) => {
    const found = log.findIndex((line, index) => index >= from && line.text.includes(text));
    if (found >= 0) from = found + 1;
    return found < 0;
  });
}

/** Everything in which the outcome differs from the expectation; empty when it is as expected. */
export function judgeOutcome(outcome: Outcome, log: readonly GoldenLine[], expect: ScenarioFile['expect']): readonly string[] {
  const differences: string[] = [];
  const differs = (what: string, wanted: string | boolean, is: string | boolean | undefined): void => {
    if (wanted !== is) differences.push(`${what}: expected ${wanted}, is ${is ?? 'none'}`);
  };
  differs('phase', expect.phase, outcome.phase);
  if (expect.stable !== undefined) differs('stable', expect.stable, outcome.stable);
  if (expect.aborted !== undefined) differs('aborted', expect.aborted, outcome.aborted);
  return [...differences, ...missingLines(log, expect.log ?? []).map((text) => `log: no line holds "${text}" (in the order given)`)];
}
