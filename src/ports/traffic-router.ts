import type { FieldProblem } from '../api/field-problem.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { Rollout } from '../api/rollout.ts';
import type { RouterName } from '../api/rollout-traffic.ts';
import type { Millis } from '../api/time.ts';
import type { ResourceKind } from './cluster.ts';

/** One side of the traffic: the Service that routes name, and the revision that it (or a mesh subset) is meant to select. */
export interface TrafficSide {
  /** Absent for routers that tell revisions apart by subsets of one host. */
  readonly service?: string | undefined;
  readonly hash?: string | undefined;
}

/** One form of a match; exactly one member is set. */
export interface StringMatch {
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly regex?: string | undefined;
}

/** Requests with all of these headers go to the canary, whatever the weight. */
export interface HeaderRoute {
  readonly name: string;
  readonly match: readonly { readonly headerName: string; readonly headerValue: StringMatch }[];
}

/** Requests that match any entry are copied to the canary; an empty `match` copies all. */
export interface MirrorRoute {
  readonly name: string;
  readonly match: readonly {
    readonly method?: StringMatch | undefined;
    readonly path?: StringMatch | undefined;
    readonly headers?: Readonly<Record<string, StringMatch>> | undefined;
  }[];
  /** 0..100 of the matched requests. */
  readonly percentage: number;
}

/** What the routes of one Rollout should say. Weights are integers of `maxWeight`; stable gets what canary leaves (S1). */
export interface TrafficIntent {
  readonly stable: TrafficSide;
  readonly canary: TrafficSide;
  /** The canary's share, 0..maxWeight. */
  readonly weight: number;
  readonly maxWeight: number;
  /** In the order of `managedRoutes`: the first that matches wins. */
  readonly headerRoutes: readonly HeaderRoute[];
  readonly mirrorRoutes: readonly MirrorRoute[];
}

/** What the routes say now, in the words of an intent: `read` after `write(intent)` gives that intent back. */
export interface WrittenTraffic {
  /** Undefined when the routes disagree with each other, or name one of the two sides only. */
  readonly weight: number | undefined;
  /** By subset, for routers that select revisions themselves, '' while a subset selects all of them; absent otherwise. */
  readonly stableHash?: string | undefined;
  readonly canaryHash?: string | undefined;
  readonly headerRoutes: readonly HeaderRoute[];
  readonly mirrorRoutes: readonly MirrorRoute[];
}

/** Reasons why a router's objects cannot be read or written; each becomes a condition, never a crash. */
export type RouterTrouble = 'RouterMissing' | 'RouteNotFound' | 'RuleNotFound' | 'RouteInvalid' | 'RouteNotOwned' | 'RouterNotReady';

/** One router object as it was read: the version that a decision depends on. */
export interface SeenRoute {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What a router's objects say, as plain data for `decide`. */
export interface RouterReading {
  readonly router: RouterName;
  readonly objects: readonly SeenRoute[];
  readonly state:
    | { readonly ok: true; readonly written: WrittenTraffic }
    /** `message` says what is wrong, with the field or object, and what to do. */
    | { readonly ok: false; readonly reason: RouterTrouble; readonly message: string };
  /**
   * The router's own word on the present generation of every object: all conditions and generations fit, not yet, or it refuses. It leads the traffic by
   * seconds: `verified` needs `settle` on top. Silent: this router never says anything of its objects (Ingress annotations), so that `settle` alone counts.
   */
  readonly acceptance: { readonly state: 'Accepted' | 'Pending' | 'Refused' | 'Silent'; readonly message: string };
  /** How long after acceptance the data plane may still follow the former weights; the router's honest default. */
  readonly settle: Millis;
  /** The same behind a change of the weight alone, where the data plane follows that sooner. */
  readonly weightSettle?: Millis | undefined;
  /** Request counts or the like show that the written weights are served; undefined when the router has no such evidence. */
  readonly evidence?: 'Seen' | 'NotSeen' | undefined;
}

/** Objects of the Rollout's namespace, as the caches hold them. */
export interface RouterObjects {
  /** The object, or undefined when there is none. */
  get(kind: ResourceKind, name: string): KubeObject | undefined;
  /** Missing: the API server does not serve this kind (no CRD). Syncing: not read yet. */
  availability(kind: ResourceKind): 'Served' | 'Missing' | 'Syncing';
}

/** What identifies a Rollout to a router. With ping-pong, the two Services by the part that `status.canary.stablePingPong` gives each. */
export interface RoutedRollout {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly stableService: string | undefined;
  readonly canaryService: string | undefined;
  readonly maxWeight: number;
  /** Names in `trafficRouting.managedRoutes`, in order: only routes of these names are made or removed. */
  readonly managedRoutes: readonly string[];
  /** Every route that a step makes: a router may know its own routes again by them. */
  readonly plannedRoutes: { readonly headerRoutes: readonly HeaderRoute[]; readonly mirrorRoutes: readonly MirrorRoute[] };
}

/** One write of a router object; bodies hold uid and resourceVersion of what was read, so a change in between is a conflict. */
export type RouteWrite =
  /** Replaces the whole object (PUT): weights stand in atomic lists, so the object just read is rebuilt with only our fields changed. */
  | { readonly type: 'update'; readonly kind: ResourceKind; readonly object: KubeObject }
  | { readonly type: 'create'; readonly kind: ResourceKind; readonly object: KubeObject }
  | { readonly type: 'delete'; readonly kind: ResourceKind; readonly name: string; readonly uid: string; readonly resourceVersion: string };

/**
 * One traffic router: pure functions between Kubernetes objects and intents, so that the decision stays testable; the controller reads and writes.
 * `Config` is its part of `spec.strategy.canary.trafficRouting`, parsed.
 */
export interface TrafficRouter<Config = unknown> {
  readonly name: RouterName;
  /** The kinds that its caches must hold when it is used. */
  readonly kinds: readonly ResourceKind[];
  /** Every object that this configuration reads or writes, so that a change of one wakes the Rollout. */
  objects(config: Config, rollout: RoutedRollout): readonly { readonly kind: ResourceKind; readonly name: string }[];
  read(config: Config, rollout: RoutedRollout, objects: RouterObjects): RouterReading;
  /** What the steps ask for and these objects cannot express, found before traffic depends on it: `InvalidSpec`. An abort is still written. */
  problems?(config: Config, rollout: RoutedRollout, objects: RouterObjects): readonly FieldProblem[];
  /** The writes, in order, that make the routes say `intent`; empty when they do. Only called while `read` is ok. */
  write(config: Config, rollout: RoutedRollout, objects: RouterObjects, intent: TrafficIntent): readonly RouteWrite[];
  /** The writes that leave the routes to their owners, everything on stable: the Rollout is deleted or uses another router from now on. */
  release(config: Config, rollout: RoutedRollout, objects: RouterObjects): readonly RouteWrite[];
}

/** One router as one Rollout uses it: its configuration and what identifies the Rollout are bound. */
export interface RouterUse {
  readonly name: RouterName;
  readonly objects: readonly { readonly kind: ResourceKind; readonly name: string }[];
  read(objects: RouterObjects): RouterReading;
  problems(objects: RouterObjects): readonly FieldProblem[];
  write(objects: RouterObjects, intent: TrafficIntent): readonly RouteWrite[];
  release(objects: RouterObjects): readonly RouteWrite[];
}

/** Every router that this program has. */
export interface TrafficRouters {
  /** Kinds of which any router may read or write objects. */
  readonly kinds: readonly ResourceKind[];
  /** The routers that the strategy names, in a fixed order; several may be in use at once. */
  usedBy(rollout: Rollout): readonly RouterUse[];
}
