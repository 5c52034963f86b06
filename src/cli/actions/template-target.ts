import { z } from 'zod';
import { DEPLOYMENT, ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { JsonPatchOperation, ResourceKind } from '../../ports/cluster.ts';
import { refused } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { recordAt, textAt } from '../model/fields.ts';
import type { Session } from '../session.ts';

/** What holds the pod template of a Rollout. */
export interface TemplateTarget {
  readonly kind: ResourceKind;
  readonly object: KubeObject;
}

const workloadReference = z.object({ kind: z.literal('Deployment'), name: z.string().min(1) });

/** The Rollout, or the Deployment that it refers to; `verb` is who asks, for the message. */
export async function findTemplateTarget(
  context: CliContext,
  session: Session,
  rollout: KubeObject,
  verb: string,
): Promise<TemplateTarget> {
  const reference = recordAt(rollout, 'spec')['workloadRef'];
  if (reference === undefined) return { kind: ROLLOUT, object: rollout };
  const parsed = workloadReference.safeParse(reference);
  if (!parsed.success) {
    throw refused(`${verb} cannot write a workload of kind "${textAt(reference, 'kind') ?? ''}"`, 'change the template where it is kept');
  }
  const ref = { namespace: session.namespace, name: parsed.data.name };
  const object = await session.cluster.get(DEPLOYMENT, ref, { signal: context.signal });
  if (object === undefined)
    throw refused(`deployment "${ref.name}" not found in namespace "${ref.namespace}"`, 'create it, or correct spec.workloadRef');
  return { kind: DEPLOYMENT, object };
}

/** Tests of a JSON patch that let it change exactly the object and generation that was read: a change that came in between is not overwritten. */
export function onlyIfUnchanged(object: KubeObject): readonly JsonPatchOperation[] {
  return [
    { op: 'test', path: '/metadata/uid', value: object.metadata.uid },
    { op: 'test', path: '/metadata/generation', value: object.metadata.generation },
  ];
}
