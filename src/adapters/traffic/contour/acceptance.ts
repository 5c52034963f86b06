import type { RouterReading } from '../../../ports/traffic-router.ts';
import type { RouterObject } from '../router-objects.ts';
import type { HttpProxyView } from './http-proxy.ts';

type Acceptance = RouterReading['acceptance'];

/** Contour's word on the present generation of every HTTPProxy: a refusal of one counts more than the silence of another. */
export function acceptanceOf(proxies: readonly RouterObject<HttpProxyView>[]): Acceptance {
  const words = proxies.map(acceptanceOfOne);
  const worst = words.find((word) => word.state === 'Refused') ?? words.find((word) => word.state === 'Pending');
  return worst ?? { state: 'Accepted', message: 'Contour says valid' };
}

function acceptanceOfOne({ view }: RouterObject<HttpProxyView>): Acceptance {
  const { name, generation } = view.metadata;
  const valid = view.status?.conditions?.find((condition) => condition.type === 'Valid');
  if (valid === undefined || (valid.observedGeneration ?? 0) < (generation ?? 0)) {
    const observed = valid === undefined ? 'has said nothing yet' : `has seen generation ${valid.observedGeneration ?? 0} of ${generation}`;
    return { state: 'Pending', message: `Contour ${observed} about HTTPProxy ${name}` };
  }
  const { currentStatus = '', description = '' } = view.status ?? {};
  if (valid.status === 'True' && currentStatus === 'valid') return { state: 'Accepted', message: 'Contour says valid' };
  return { state: 'Refused', message: `Contour says ${currentStatus} about HTTPProxy ${name}: ${description}` };
}
