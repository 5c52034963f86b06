import type { RouterReading } from '../../../ports/traffic-router.ts';
import type { ParentRef, RouteCondition, RouteView } from './route-view.ts';

type Acceptance = RouterReading['acceptance'];

const NEEDED = ['Accepted', 'ResolvedRefs'] as const;
const SEVERITY: readonly Acceptance['state'][] = ['Refused', 'Pending', 'Accepted'];

/** The worst of several words, with the message of the first that is as bad. */
export function worstOf(acceptances: readonly Acceptance[]): Acceptance {
  for (const state of SEVERITY) {
    const found = acceptances.find((acceptance) => acceptance.state === state);
    if (found !== undefined) return found;
  }
  return { state: 'Pending', message: 'there is no route yet' };
}

/**
 * What the Gateways say of this route: every parent that `spec.parentRefs` names now must have Accepted and ResolvedRefs True, observed at the present
 * generation. The status entry of a parent that is no longer named stays, with its old generation (reference/test-lab.md 4), and means nothing.
 */
export function acceptanceOf(what: string, view: RouteView): Acceptance {
  return worstOf(view.parents.flatMap((parent) => acceptanceBy(what, parent, view)));
}

function acceptanceBy(what: string, parent: ParentRef, view: RouteView): readonly Acceptance[] {
  const by = `${parent.kind} ${parent.name}`;
  const statuses = view.statuses.filter((status) => sameParent(status.parentRef, parent, view.namespace));
  if (statuses.length === 0) {
    return [{ state: 'Pending', message: `${what}: ${by} has not said anything of it yet; check that it exists and its controller runs` }];
  }
  // Several controllers may claim one parent; each has to accept.
  return statuses.flatMap(({ conditions }) => [
    ...NEEDED.map((type) =>
      judge(
        `${what}: ${by}`,
        type,
        conditions.find((condition) => condition.type === type),
        view.generation,
      ),
    ),
    ...conditions
      .filter(
        ({ type, status, observedGeneration }) =>
          type === 'PartiallyInvalid' && status === 'True' && observedGeneration === view.generation,
      )
      .map((condition): Acceptance => ({ state: 'Refused', message: `${what}: ${by} left out part of it: ${wordsOf(condition)}` })),
  ]);
}

function judge(what: string, type: string, condition: RouteCondition | undefined, generation: number): Acceptance {
  if (condition === undefined) return { state: 'Pending', message: `${what} has not said ${type} yet` };
  // A missing Service shows at an unchanged generation, so that the conditions count even then; an older word counts for nothing.
  if (condition.observedGeneration !== generation) {
    return { state: 'Pending', message: `${what} has seen generation ${condition.observedGeneration ?? 'unknown'} of ${generation}` };
  }
  if (condition.status === 'True') return { state: 'Accepted', message: `${what} accepted generation ${generation}` };
  if (condition.status === 'False') return { state: 'Refused', message: `${what} says ${type} is False: ${wordsOf(condition)}` };
  return { state: 'Pending', message: `${what} says ${type} is ${condition.status}: ${wordsOf(condition)}` };
}

function wordsOf({ reason, message }: RouteCondition): string {
  return [reason, message].filter((word) => word !== '').join(': ');
}

function sameParent(left: ParentRef, right: ParentRef, namespace: string): boolean {
  return (
    left.group === right.group &&
    left.kind === right.kind &&
    left.name === right.name &&
    (left.namespace ?? namespace) === (right.namespace ?? namespace) &&
    (left.sectionName ?? '') === (right.sectionName ?? '') &&
    left.port === right.port
  );
}
