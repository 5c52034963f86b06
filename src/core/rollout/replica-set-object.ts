import { POD_TEMPLATE_HASH, REVISION, WORKLOAD_SIZE } from '../../api/labels.ts';
import type { KubeObject, OwnerReference } from '../../api/metadata.ts';
import { revisionAnnotations, withCopies } from '../config/revision-object.ts';
import { isRecord } from '../identity/is-record.ts';
import { replicaSetName } from '../identity/names.ts';
import type { Context } from './context.ts';
import { dressOf } from './pods/dress-of.ts';
import { dressTemplate } from './pods/pod-dress.ts';
import { workloadSizeMark } from './workload-scale.ts';

/** The reference that makes the Rollout the one controller of what it creates. */
export function ownerReference(context: Context): OwnerReference {
  const { apiVersion, kind, metadata } = context.rollout;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

/** The ReplicaSet of the live template: template and selector carry the hash, so that revisions never take each other's pods. */
export function replicaSetObject(context: Context, replicas: number): KubeObject {
  const { spec, metadata } = context.rollout;
  const { templateHash, record } = context.revision;
  const template = withCopies(context.revision.template, record);
  const size = workloadSizeMark(context);
  const templateMetadata = isRecord(template['metadata']) ? template['metadata'] : {};
  const labels = { ...(isRecord(templateMetadata['labels']) ? templateMetadata['labels'] : {}), [POD_TEMPLATE_HASH]: context.hash };
  const dressed = dressTemplate(
    { ...template, metadata: { ...templateMetadata, labels } },
    dressOf(context, context.hash, context.stableHash),
  );
  const ownLabels = Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: replicaSetName(context.name, context.hash),
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: ownLabels,
      annotations: {
        [REVISION]: String(context.ordinal),
        ...revisionAnnotations(templateHash, record),
        ...dressed.annotations,
        ...(size === undefined ? {} : { [WORKLOAD_SIZE]: size }),
      },
      ownerReferences: [{ ...ownerReference(context) }],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [POD_TEMPLATE_HASH]: context.hash } },
      template: dressed.template,
    },
  };
}
