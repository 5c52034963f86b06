import type { RouterObjects, RouterUse } from '../ports/traffic-router.ts';

/** The routers that one Rollout names, and their objects as they are held at the moment of each look. */
export interface Routing {
  readonly uses: readonly RouterUse[];
  /** Those that it named before, for the objects that it names no longer. */
  readonly former: readonly RouterUse[];
  readonly objects: RouterObjects;
  /** A kind is being read for the first time, which takes a moment: a decision now would be about nothing. */
  readonly firstLook: boolean;
}
