import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import { fieldsOf } from '../sync/fields-of.ts';
import { undressTemplate } from './pods/pod-dress.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The pod template of a ReplicaSet as its author wrote it: without what Sluice put into it; `annotations` are those of the ReplicaSet. */
export function authoredTemplate(dressed: Fields, annotations: Readonly<Record<string, string>>): Fields {
  const template = undressTemplate(dressed, annotations);
  const { creationTimestamp: _created, ...metadata } = fieldsOf(template['metadata']);
  const { [POD_TEMPLATE_HASH]: _hash, ...labels } = fieldsOf(metadata['labels']);
  return { ...template, metadata: { ...metadata, labels } };
}
