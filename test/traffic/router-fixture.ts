import type { KubeObject } from '../../src/api/metadata.ts';
import type {
  HeaderRoute,
  MirrorRoute,
  RoutedRollout,
  RouterReading,
  RouterTrouble,
  TrafficIntent,
  TrafficRouter,
} from '../../src/ports/traffic-router.ts';

/** The two shares of one place where the router splits traffic; an absent side counts as 0. */
export interface Shares {
  readonly stable: number;
  readonly canary: number;
}

/** An input that a router reads, and what it should say of it. */
export interface Case {
  /** Ends the sentence: "says RuleNotFound when ...". */
  readonly when: string;
  /** Instead of the fixture's. */
  readonly objects: readonly KubeObject[];
}

/**
 * What one adapter brings to the contract suite: a Rollout, the objects as their owners wrote them, and how to read raw objects without the adapter's own
 * code. Objects stand in the Rollout's namespace and hold parts that are not the router's, so that the suite can see them survive.
 */
export interface RouterFixture<Config> {
  readonly title: string;
  readonly router: TrafficRouter<Config>;
  readonly config: Config;
  /** `managedRoutes` holds the names of all managed routes below, in their order; `plannedRoutes` all of them. */
  readonly rollout: RoutedRollout;
  /** For the simulated API server. */
  readonly crds: readonly KubeObject[];
  /** As their owners wrote them, without status; none that the router makes itself. */
  readonly objects: readonly KubeObject[];
  /** The canary's weight that `objects` say; undefined when they name one side only. */
  readonly initialWeight: number | undefined;
  /** The sides of an intent: the Services for most routers, the hashes for those that know subsets. */
  readonly sides: Pick<TrafficIntent, 'stable' | 'canary'>;
  /** Managed routes in the order of `managedRoutes`; none when the router has no such thing. */
  readonly headerRoutes: readonly HeaderRoute[];
  readonly mirrorRoutes: readonly MirrorRoute[];
  /** The shares in every place where the router splits traffic, header and mirror routes left out. */
  readonly sharesIn: (objects: readonly KubeObject[]) => readonly Shares[];
  /** Everything in the objects that the router must not touch, objects that it must not touch included. */
  readonly foreignPartsOf: (objects: readonly KubeObject[]) => unknown;
  /** Names of the managed routes in the objects, in the order in which the data plane looks at them. */
  readonly managedRoutesIn: (objects: readonly KubeObject[]) => readonly string[];
  /** The objects after somebody else changed one weight by hand, to none that the suite writes. */
  readonly changedByHand: (objects: readonly KubeObject[]) => readonly KubeObject[];
  /** Objects that cannot be used, each with the reason and a text of the message that tells what to do. */
  readonly troubles: readonly (Case & { readonly reason: RouterTrouble; readonly message: RegExp })[];
  /** Statuses, with what the router's own word on them is. */
  readonly acceptances: readonly (Case & { readonly state: RouterReading['acceptance']['state']; readonly message?: RegExp })[];
  /** Planned routes that the objects cannot express; none when the router has no managed routes. */
  readonly inexpressible: readonly { readonly when: string; readonly planned: RoutedRollout['plannedRoutes']; readonly problem: RegExp }[];
}
