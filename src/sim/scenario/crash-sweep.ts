import type { PortFault } from './incarnation.ts';
import type { Scenario, ScenarioRun } from './run-scenario.ts';
import { type Disturbance, faultAt, type SweepOptions, type SweepResult, sweep } from './sweep.ts';

const CRASHES: readonly PortFault[] = [
  { type: 'crash', when: 'before' },
  // A crash after the answer arrived leaves the same world as one before it arrived: only memory differs, and that is lost.
  { type: 'crash', when: 'after' },
];
const ON_ANY_REQUEST: readonly PortFault[] = [
  { type: 'status', status: 429, applied: false },
  { type: 'status', status: 500, applied: false },
  { type: 'timeout', applied: false },
];
const ON_WRITES: readonly PortFault[] = [
  { type: 'status', status: 409, applied: false },
  { type: 'status', status: 500, applied: true },
  { type: 'timeout', applied: true },
];

/** The controller is killed before and after each of its writes, and started again (F1). */
export function crashesOf(reference: ScenarioRun): readonly Disturbance[] {
  return reference.requests
    .filter((request) => request.writeIndex !== undefined)
    .flatMap((request) => CRASHES.map((fault) => faultAt(reference, request, fault)));
}

/** Each request of the controller fails once in every way: 409, 429, 500, timeout applied and not applied (F4). */
export function faultsOf(reference: ScenarioRun): readonly Disturbance[] {
  return reference.requests.slice(0, reference.requestsToEnd).flatMap((request) => {
    const faults = request.writeIndex === undefined ? ON_ANY_REQUEST : [...ON_ANY_REQUEST, ...ON_WRITES];
    return faults.map((fault) => faultAt(reference, request, fault));
  });
}

/** Plays {@link crashesOf}: every run must end like the undisturbed one. */
export function crashSweep(make: () => Scenario, options?: SweepOptions): Promise<SweepResult> {
  return sweep(make, crashesOf, options);
}

/** Plays {@link faultsOf}: every run must end like the undisturbed one. */
export function faultSweep(make: () => Scenario, options?: SweepOptions): Promise<SweepResult> {
  return sweep(make, faultsOf, options);
}
