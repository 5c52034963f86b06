import { CONFIG_MAP, type KindDescriptor, REPLICA_SET, SECRET } from '../../api/kinds.ts';
import { CONFIG_COPY, COPY_OF, COPY_OF_UID } from '../../api/labels.ts';
import type { KubeObject, OwnerReference } from '../../api/metadata.ts';
import type { ConfigKind } from '../../core/config/config-refs.ts';
import type { ConfigAction } from '../../core/plan/config-action.ts';
import { toConfigView } from '../../observe/config-view.ts';
import { SluiceError } from '../../ports/errors.ts';
import { createNamed, type ExecutionContext, liveNamed, patchSeen, removeSeen, type Written } from './guarded-writes.ts';

/** Executes one action on configuration; as with every other, the caller stops at the first failure. */
export async function executeConfigAction(action: ConfigAction, context: ExecutionContext): Promise<Written> {
  switch (action.type) {
    case 'copyConfig':
      return copy(action, context);
    case 'shareConfigCopy': {
      const ownerReferences = [...action.ownerReferences, coOwner(context)];
      return patchSeen(kindOf(action.kind), action.target, { metadata: { ownerReferences } }, context);
    }
    case 'leaveConfigCopy':
      return patchSeen(kindOf(action.kind), action.target, { metadata: { ownerReferences: action.ownerReferences } }, context);
    case 'deleteConfigCopy':
      return removeSeen(kindOf(action.kind), action.target, context);
    case 'recordConfig': {
      const { annotations, template } = action;
      return patchSeen(REPLICA_SET, action.target, { metadata: { annotations }, spec: { template } }, context);
    }
  }
}

function kindOf(kind: ConfigKind): KindDescriptor {
  return kind === 'ConfigMap' ? CONFIG_MAP : SECRET;
}

/** One owner of possibly several, so not the controller. */
function coOwner({ owner }: ExecutionContext): OwnerReference {
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid };
}

type CopyAction = Extract<ConfigAction, { type: 'copyConfig' }>;

/** The members of an object that its copy has too, whatever their names are. */
function contentOf(source: KubeObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    ['data', 'binaryData', 'type'].flatMap((member) => (source[member] === undefined ? [] : [[member, source[member]]])),
  );
}

function copyObject(action: CopyAction, source: KubeObject, context: ExecutionContext): KubeObject {
  const uid = source.metadata.uid ?? '';
  return {
    apiVersion: 'v1',
    kind: action.kind,
    metadata: {
      name: action.copy,
      namespace: context.namespace,
      labels: { [CONFIG_COPY]: 'true' },
      annotations: { [COPY_OF]: action.source, ...(action.kind === 'Secret' ? { [COPY_OF_UID]: uid } : {}) },
      ownerReferences: [coOwner(context)],
    },
    immutable: true,
    ...contentOf(source),
  };
}

/** Copies what the object holds now, if that is still what was decided on. */
async function copy(action: CopyAction, context: ExecutionContext): Promise<Written> {
  const kind = kindOf(action.kind);
  const source = await liveNamed(kind, action.source, context);
  if (source === undefined || toConfigView(action.kind)(source).observed.digest !== action.digest) {
    throw new SluiceError('conflict', `the ${action.kind} ${action.source} has changed since it was looked at`);
  }
  return createNamed(kind, copyObject(action, source, context), context, (cause) => existing(action, context, cause));
}

/** The name says what it holds, so one that is there already is as good, when it is what its name says; it gets one more owner. */
async function existing(action: CopyAction, context: ExecutionContext, cause: SluiceError): Promise<Written> {
  const kind = kindOf(action.kind);
  const object = await liveNamed(kind, action.copy, context);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
    throw new SluiceError('conflict', `the ${action.kind} ${action.copy} is being deleted; it is made anew after that`, { cause });
  }
  const { observed } = toConfigView(action.kind)(object);
  if (observed.copyOf !== action.source || observed.digest !== action.digest || !observed.immutable) {
    throw new SluiceError('already_exists', `it exists and is no copy of ${action.source}`, { cause });
  }
  if (observed.ownerReferences.some((owner) => owner.uid === context.owner.uid)) return { type: 'written', kind, object };
  return patchSeen(kind, observed, { metadata: { ownerReferences: [...observed.ownerReferences, coOwner(context)] } }, context);
}
