import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { ObservedService } from './observed.ts';

/** The revision that this Service selects now. */
export function selectedHash(service: ObservedService): string | undefined {
  const hash = service.selector[POD_TEMPLATE_HASH];
  return hash === '' ? undefined : hash;
}
