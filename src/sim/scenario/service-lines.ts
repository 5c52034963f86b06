import { z } from 'zod';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { isOfRollout, selectorOf } from '../invariants/world-view.ts';

const portsSchema = z.looseObject({
  spec: z.looseObject({ ports: z.array(z.looseObject({ port: z.int(), targetPort: z.union([z.int(), z.string()]) })) }),
});

function portsOf(object: KubeObject): string {
  return (portsSchema.safeParse(object).data?.spec.ports ?? []).map(({ port, targetPort }) => `${port}:${targetPort}`).join(',');
}

/** What one write of a Service means to a person: made or collected where a Rollout owns it, other ports, another revision. `revision` names a hash. */
export function serviceLines(
  before: KubeObject | undefined,
  after: KubeObject | undefined,
  revision: (hash: string | undefined) => string,
): readonly string[] {
  const name = `service ${(after ?? before)?.metadata.name}`;
  const [from, to] = [selectorOf(before)[POD_TEMPLATE_HASH], selectorOf(after)[POD_TEMPLATE_HASH]];
  if (after === undefined) return before !== undefined && isOfRollout(before) ? [`${name}: gone`] : [];
  if (before === undefined) return isOfRollout(after) ? [`${name}: made for ${to === undefined ? 'all pods' : revision(to)}`] : [];
  const [had, has] = [portsOf(before), portsOf(after)];
  return [
    ...(had === has ? [] : [`${name}: ports ${had} -> ${has}`]),
    ...(from === to ? [] : [`${name}: ${revision(from)} -> ${revision(to)}`]),
  ];
}
