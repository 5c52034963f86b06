import type { ObjectMeta } from '../../api/metadata.ts';
import type { ObservedService } from './observed.ts';

/** Whether this Rollout made the Service: it goes with the Rollout, and nobody has to get it back. */
export function isOwnService({ metadata }: { readonly metadata: ObjectMeta }, service: ObservedService): boolean {
  return service.controller !== undefined && service.controller.uid === metadata.uid;
}
