import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import { fieldsOf } from '../sync/fields-of.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The pod template of a ReplicaSet as its author wrote it: without what Sluice put into it. */
export function authoredTemplate(template: Fields): Fields {
  const { creationTimestamp: _created, ...metadata } = fieldsOf(template['metadata']);
  const { [POD_TEMPLATE_HASH]: _hash, ...labels } = fieldsOf(metadata['labels']);
  return { ...template, metadata: { ...metadata, labels } };
}
