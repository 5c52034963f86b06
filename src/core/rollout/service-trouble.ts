import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import { API_VERSION, MANAGED_BY } from '../../api/labels.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import { problemAt } from '../lint/problem-at.ts';
import { serviceSides } from '../traffic/service-sides.ts';
import { namedServices } from './named-services.ts';
import type { ObservedRollout, ObservedService } from './observed.ts';
import { brokenServiceRules, type ServiceRule } from './service-rules.ts';

type Reason = 'ServiceMissing' | 'ServiceOfAnother' | ServiceRule;

/** The condition of a Rollout that names a Service which cannot be used. */
export const SERVICE_UNUSABLE = 'ServiceUnusable';

/** A Service that the strategy names and that cannot carry this Rollout's traffic. */
export interface ServiceTrouble {
  readonly name: string;
  readonly reason: Reason;
  /** Field, what is wrong, and the remedy. */
  readonly problem: FieldProblem;
}

function troubleAt(field: string, name: string, reason: Reason, problem: string, remedy: string): ServiceTrouble {
  return { name, reason, problem: problemAt(field, name, problem, remedy) };
}

/** Another Rollout that writes this Service, or made it: two would write its selector. */
function otherRollout({ metadata }: Rollout, { annotations, controller }: ObservedService): string | undefined {
  const manager = annotations[MANAGED_BY];
  if (manager !== undefined && manager !== metadata.name) return manager;
  const made = controller?.kind === 'Rollout' && controller.apiVersion === API_VERSION && controller.uid !== metadata.uid;
  return made ? controller.name : undefined;
}

function troubleOf(rollout: Rollout, field: string, name: string, service: ObservedService | undefined): ServiceTrouble | undefined {
  if (service === undefined) {
    if (rollout.spec.service !== undefined) return undefined;
    const remedy = `create the Service ${name}, name one that exists, or let it be made by spec.service`;
    return troubleAt(field, name, 'ServiceMissing', 'there is no such Service in this namespace', remedy);
  }
  const [broken] = brokenServiceRules(rollout, service);
  const other = otherRollout(rollout, service);
  // Whose it is comes before what it selects: another Rollout's selector is right for that one.
  if (other !== undefined && (broken === undefined || broken.reason === 'ServiceSelectsOthers')) {
    const remedy = `name another Service, or remove the annotation ${MANAGED_BY} when ${other} no longer uses it`;
    return troubleAt(field, name, 'ServiceOfAnother', `is managed by Rollout ${other}`, remedy);
  }
  return broken === undefined ? undefined : troubleAt(field, name, broken.reason, broken.problem, broken.remedy);
}

/** Every named Service that cannot be used, with the remedy. One that `spec.service` is to make is no trouble. */
export function serviceTroubles({ rollout, services }: ObservedRollout): readonly ServiceTrouble[] {
  return namedServices(rollout).flatMap(([field, name]) => troubleOf(rollout, field, name, services.get(name)) ?? []);
}

/** The observation with those Services taken for missing: nothing is switched to them, and nothing counts as reachable through them. */
export function withoutUnusable(observed: ObservedRollout, troubles: readonly ServiceTrouble[]): ObservedRollout {
  if (troubles.length === 0) return observed;
  const names = new Set(troubles.map(({ name }) => name));
  const services = new Map([...observed.services].map(([name, service]) => [name, names.has(name) ? undefined : service]));
  return { ...observed, services };
}

/** The Service of the side under test, as far as the record says which it is. */
function testedSide({ spec }: Rollout, status: RolloutStatus): string | undefined {
  const { canary, blueGreen } = spec.strategy;
  if (canary === undefined) return blueGreen?.previewService;
  return serviceSides(canary, status.canary?.stablePingPong).canary;
}

/**
 * The troubles that refuse the Rollout, as a wrong spec does. Once something serves, trouble with the side under test alone only holds the release, so that
 * its traffic can go back and sizes stay live.
 */
export function refusingTroubles(
  rollout: Rollout,
  written: RolloutStatus | undefined,
  troubles: readonly ServiceTrouble[],
): readonly ServiceTrouble[] {
  if (written?.stableRS === undefined) return troubles;
  const tested = testedSide(rollout, written);
  return troubles.some(({ name }) => name !== tested) ? troubles : [];
}

/** The condition that names the first of them. */
export function troubleFacts(troubles: readonly ServiceTrouble[]): readonly ConditionFacts[] {
  const [first] = troubles;
  return first === undefined ? [] : [{ type: SERVICE_UNUSABLE, status: 'True', reason: first.reason, message: troubleText(troubles) }];
}

/** What is wrong and what to do, all Services at once. */
export function troubleText(troubles: readonly ServiceTrouble[]): string {
  return troubles.map(({ problem }) => formatProblem(problem)).join('\n');
}
