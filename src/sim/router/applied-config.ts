import type { Millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';

export interface AppliedBackend {
  readonly service: string;
  readonly weight: number;
  /** Of a mesh: the part of the Service's pods that gets this share. */
  readonly subset?: AppliedSubset | undefined;
}

export interface AppliedSubset {
  /** `<DestinationRule>/<subset>` */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What tells the backends of a rule apart: the Service, or the subset of it. */
export function backendName({ service, subset }: AppliedBackend): string {
  return subset?.name ?? service;
}

export interface AppliedRule {
  readonly name: string | undefined;
  readonly backends: readonly AppliedBackend[];
}

/** What a data plane holds for one route at one moment. */
export interface AppliedRoute {
  /** Grows with every write of an object that it was made of: the latest resourceVersion among them. */
  readonly version: number;
  readonly rules: readonly AppliedRule[];
}

/** When the data plane follows one written configuration of a route. */
export type RouterLag =
  | { readonly type: 'after'; readonly delay: Millis }
  /** It never takes this one. */
  | { readonly type: 'never' }
  /** It takes this one late even when a newer one was taken before, and the newest again after the same time. */
  | { readonly type: 'out-of-order'; readonly delay: Millis };

/** The configurations of one route on their way into the data plane. */
export interface AppliedConfig {
  write(config: AppliedRoute, lag: RouterLag): void;
  applied(): AppliedRoute | undefined;
  newest(): AppliedRoute | undefined;
  /** What was applied, and everything on its way that will be. */
  possible(): readonly AppliedRoute[];
  /** The route is gone: what is on its way never arrives. */
  drop(): void;
}

/** Follows the written configurations with their lags; without `out-of-order` an older one never replaces a newer one. */
export function createAppliedConfig(
  clock: Clock,
  onApplied: (before: AppliedRoute | undefined, after: AppliedRoute) => void,
): AppliedConfig {
  let applied: AppliedRoute | undefined;
  let newest: AppliedRoute | undefined;
  let dropped = false;
  const onTheWay = new Set<AppliedRoute>();

  function take(config: AppliedRoute, lag: RouterLag): void {
    const overtaken = applied !== undefined && applied.version > config.version;
    if (dropped || (overtaken && lag.type !== 'out-of-order')) return;
    const before = applied;
    applied = config;
    onApplied(before, config);
    const latest = newest;
    if (overtaken && latest !== undefined && lag.type === 'out-of-order')
      clock.startTimer(lag.delay, () => take(latest, { type: 'after', delay: lag.delay }));
  }

  return {
    write(config, lag) {
      newest = config;
      if (lag.type === 'never') return;
      if (lag.delay <= 0) take(config, lag);
      else {
        onTheWay.add(config);
        clock.startTimer(lag.delay, () => {
          onTheWay.delete(config);
          take(config, lag);
        });
      }
    },
    possible: () => [...(applied === undefined ? [] : [applied]), ...onTheWay],
    applied: () => applied,
    newest: () => newest,
    drop() {
      dropped = true;
    },
  };
}
