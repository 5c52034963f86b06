import { REPOSITORY_FAILURES } from '../../src/ports/repository.ts';
import type { RepositoryFault, RepositoryRequest } from '../../src/sim/repository/sim-repositories.ts';
import { crashSweep, faultSweep } from '../../src/sim/scenario/crash-sweep.ts';
import type { Scenario } from '../../src/sim/scenario/run-scenario.ts';
import { staleSweep } from '../../src/sim/scenario/stale-sweep.ts';
import { type Disturbance, type SweepOptions, type SweepResult, sweep } from '../../src/sim/scenario/sweep.ts';
import { createStory, storyEnd, storyOf } from './story.ts';

/** Which places a sweep takes. */
type StoryPlaces = Pick<SweepOptions, 'every' | 'take' | 'onRun'>;

const make = (): Scenario => createStory().scenario;

/** The controller is killed before and after each write of the story (F1). */
export function storyCrashSweep(places: StoryPlaces): Promise<SweepResult> {
  return crashSweep(make, { ...places, end: storyEnd });
}

/** Each request of the story fails once in every way (F4). */
export function storyFaultSweep(places: StoryPlaces): Promise<SweepResult> {
  return faultSweep(make, { ...places, end: storyEnd });
}

/** The controller hears late of one kind of object after the other (F2). */
export function storyStaleSweep(places: StoryPlaces): Promise<SweepResult> {
  return staleSweep(make, { ...places, end: storyEnd });
}

/** A crash before or after a call; each kind of failure, for a push also one of which only the reply was lost; a refusal of nothing but the network. */
function faultsOf(request: RepositoryRequest): readonly RepositoryFault[] {
  const failures = REPOSITORY_FAILURES.map((failure): RepositoryFault => ({ kind: 'fail', failure }));
  const lost = REPOSITORY_FAILURES.map((failure): RepositoryFault => ({ kind: 'fail', failure, applied: true }));
  const crashes: readonly RepositoryFault[] = [
    { kind: 'crash', when: 'before' },
    { kind: 'crash', when: 'after' },
  ];
  return [...crashes, ...failures, ...(request.operation === 'push' ? lost : [])];
}

function textOf(fault: RepositoryFault): string {
  switch (fault.kind) {
    case 'crash':
      return `crash ${fault.when} the call`;
    case 'fail':
      return `${fault.failure}${fault.applied === true ? ' (applied)' : ''}`;
    case 'delay':
    case 'refuse':
      return fault.kind;
  }
}

function repositoryFaultAt(reference: RepositoryRequest, total: number, fault: RepositoryFault): Disturbance {
  return {
    what: `repository call ${reference.sequence} of ${total} (${reference.operation}): ${textOf(fault)}`,
    disturb: (scenario) => {
      let fired = false;
      storyOf(scenario).onRepository((request) => {
        if (request.sequence !== reference.sequence) return undefined;
        fired = true;
        return fault;
      });
      return { scenario, fired: () => fired };
    },
  };
}

/** Each call to the repository fails once in every way, and the controller is killed before and after each. */
export function storyRepositorySweep(places: StoryPlaces): Promise<SweepResult> {
  return sweep(
    make,
    (reference) => {
      const requests = storyOf(reference.sim).requestsToEnd();
      return requests.flatMap((request) => faultsOf(request).map((fault) => repositoryFaultAt(request, requests.length, fault)));
    },
    { ...places, end: storyEnd },
  );
}
