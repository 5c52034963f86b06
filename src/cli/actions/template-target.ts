import { z } from 'zod';
import { DEPLOYMENT, ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { JsonPatchOperation, ResourceKind } from '../../ports/cluster.ts';
import { refused } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { recordAt, textAt } from '../model/fields.ts';
import { withProgress } from '../progress.ts';
import { toJson } from '../render/output.ts';
import type { Session } from '../session.ts';
import { FIELD_MANAGER } from './act.ts';
import type { DryRun } from './dry-run.ts';

/** What holds the pod template of a Rollout. */
interface TemplateTarget {
  readonly kind: ResourceKind;
  readonly object: KubeObject;
}

/** A change of the pod template, and how it is told. */
export interface TemplateChange {
  /** Who asks, for a message. */
  readonly verb: string;
  readonly dryRun: DryRun;
  /** What to write into the object that holds the template. */
  readonly changes: (object: KubeObject) => readonly JsonPatchOperation[];
  /** What has been done then. */
  readonly done: string;
}

/** Changes the pod template in the Rollout, or in the Deployment that it refers to, and says so; `client` prints the patch instead. */
export async function patchTemplate(context: CliContext, session: Session, rollout: KubeObject, change: TemplateChange): Promise<void> {
  const { verb, dryRun, done } = change;
  const { kind, object } = await findTemplateTarget(context, session, rollout, verb);
  const operations = [...onlyIfUnchanged(object), ...change.changes(object)];
  if (dryRun === 'client') {
    context.out(toJson(operations));
    return;
  }
  const options = { fieldManager: FIELD_MANAGER, dryRun: dryRun === 'server', signal: context.signal };
  const ref = { namespace: session.namespace, name: object.metadata.name };
  await withProgress(context, 'Writing the pod template', session.cluster.patch(kind, ref, { type: 'json', operations }, options));
  const suffix = dryRun === 'server' ? ' (server dry run)' : '';
  context.out(`${kind.kind.toLowerCase()}.${kind.group}/${ref.name}: ${done}${suffix}\n`);
}

const workloadReference = z.object({ kind: z.literal('Deployment'), name: z.string().min(1) });

/** The Rollout, or the Deployment that it refers to; `verb` is who asks, for the message. */
async function findTemplateTarget(context: CliContext, session: Session, rollout: KubeObject, verb: string): Promise<TemplateTarget> {
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
function onlyIfUnchanged(object: KubeObject): readonly JsonPatchOperation[] {
  return [
    { op: 'test', path: '/metadata/uid', value: object.metadata.uid },
    { op: 'test', path: '/metadata/generation', value: object.metadata.generation },
  ];
}
