import type { KubeObject } from '../../api/metadata.ts';
import type { Instant } from '../../api/time.ts';
import type { SimRequest } from '../cluster/sim-types.ts';
import type { WorldView } from './world-view.ts';

/** One committed write, in the order of the cluster. */
export interface ObservedWrite {
  readonly at: Instant;
  readonly request: SimRequest;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
  /** The controller under test sent it as itself, not as an impersonated account. */
  readonly byController: boolean;
}

/** One change of the world, as a check sees it. */
export interface Step {
  readonly before: WorldView;
  readonly after: WorldView;
  readonly write: ObservedWrite;
}

/** What a check found wrong: with which object, and what. */
export interface Finding {
  readonly object: string;
  readonly message: string;
}

export interface Violation extends Finding {
  /** `S4`, `L7`: the names of the reliability rules. */
  readonly invariant: string;
  readonly at: Instant;
}

/** What some checks need from outside of the cluster. */
export interface CheckContext {
  /** Every commit on the remote's branches, as `git log` gives them. */
  readonly commits: () => readonly { readonly message: string }[];
  /** Secrets that must never be seen outside of a Secret. */
  readonly tokens: readonly string[];
}

/** A rule of which every write of a run is a test. `create` starts a check with a memory of its own. */
export interface Invariant {
  readonly id: string;
  readonly says: string;
  readonly create: (context: CheckContext) => (step: Step) => readonly Finding[];
}

/** A rule that looks at each step by itself. */
export function stateless(id: string, says: string, check: (step: Step) => readonly Finding[]): Invariant {
  return { id, says, create: () => check };
}
