import type { ObjectRef, ResourceKind } from '../ports/cluster.ts';
import { SluiceError } from '../ports/errors.ts';
import { safeText } from './safe-text.ts';

/** `rollouts.sluice.dev`, or the bare plural of the core group. */
export function resourceName(kind: ResourceKind): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** One path segment; what a URL parser could read as another path is refused. */
function segment(text: string, what: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%\p{Cc}]/u.test(text)) {
    throw new SluiceError(
      'spec_invalid',
      `"${safeText(text)}" is not a usable ${what}: it is empty or has characters that Kubernetes refuses`,
    );
  }
  return encodeURIComponent(text);
}

/** Path of all objects of a kind, or of those in one namespace. */
export function collectionPath(kind: ResourceKind, namespace: string | undefined): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  if (!kind.namespaced || namespace === undefined) return `${root}/${kind.plural}`;
  return `${root}/namespaces/${segment(namespace, 'namespace')}/${kind.plural}`;
}

/** Path of one object. */
export function objectPath(kind: ResourceKind, ref: ObjectRef, subresource?: string): string {
  if (kind.namespaced && ref.namespace === undefined) {
    throw new SluiceError('spec_invalid', `${resourceName(kind)} "${safeText(ref.name)}" needs a namespace`);
  }
  const path = `${collectionPath(kind, ref.namespace)}/${segment(ref.name, 'name')}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** A query string with what is defined and not empty; '' when nothing is. */
export function queryString(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '' && value !== false) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
