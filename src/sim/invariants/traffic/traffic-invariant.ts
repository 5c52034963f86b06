import type { AppliedRoute } from '../../router/applied-config.ts';
import type { Finding, Step } from '../invariant.ts';
import type { WorldView } from '../world-view.ts';

/** What the checks read of a data plane; routes are named `HTTPRoute/shop/checkout`. */
export interface DataPlaneView {
  /** What it may serve for each route: what it applied, and what is on its way and will be. */
  possible(): ReadonlyMap<string, readonly AppliedRoute[]>;
  appliedWeights(route: string): AppliedRoute | undefined;
  onApplied(listener: (route: string, before: AppliedRoute | undefined, after: AppliedRoute | undefined) => void): void;
}

/** The data plane went over to another configuration of a route, at no write of the cluster. */
export interface Applied {
  readonly route: string;
  readonly before: AppliedRoute | undefined;
  readonly after: AppliedRoute | undefined;
  readonly view: WorldView;
}

/** A rule over the traffic as the data plane serves it, looked at with every write and with every change of the data plane. */
export interface TrafficInvariant {
  readonly id: string;
  readonly says: string;
  readonly create: (dataPlane: DataPlaneView) => {
    readonly onWrite: (step: Step) => readonly Finding[];
    readonly onApplied: (applied: Applied) => readonly Finding[];
  };
}
