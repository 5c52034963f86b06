import type { Cause } from './api-error.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Resource } from './resource.ts';
import { invalidValue, required } from './schema-validate.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`, 'u');
const DNS_LABEL = new RegExp(`^${LABEL}$`, 'u');
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/u;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/u;
/** Kubernetes' limit on all annotations of an object together. */
const ANNOTATION_BYTES = 256 * 1024;

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS_LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** `metadata` of an object that is being written. */
export function metadataOf(object: Readonly<Record<string, unknown>>): JsonObject {
  const metadata = object['metadata'];
  return isObject(metadata) ? metadata : {};
}

/** A member of `metadata` when it is text. */
export function metaText(object: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = metadataOf(object)[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The finalizers of an object. */
export function finalizersOf(object: Readonly<Record<string, unknown>>): readonly string[] {
  const value = metadataOf(object)['finalizers'];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** What is wrong with an object's metadata: name, labels, annotations and owners, as the API server checks them. */
export function validateMetadata(resource: Resource, object: Readonly<Record<string, unknown>>): readonly Cause[] {
  const metadata = metadataOf(object);
  return [
    ...validateName(resource, metadata['name']),
    ...Object.entries(isObject(metadata['labels']) ? metadata['labels'] : {}).flatMap(([key, value]) => validateLabel(key, value)),
    ...validateAnnotations(metadata['annotations']),
    ...validateOwners(metadata['ownerReferences']),
  ];
}

function validateName(resource: Resource, name: unknown): readonly Cause[] {
  const path = ['metadata', 'name'];
  if (typeof name !== 'string' || name === '') return [required(path, 'name or generateName is required')];
  const { group, plural } = resource.kind;
  if (group === 'rbac.authorization.k8s.io') {
    return /[/%]/u.test(name) || name === '.' || name === '..' ? [invalidValue(path, name, "may not contain '/' or '%'")] : [];
  }
  const single = plural === 'namespaces' || plural === 'services';
  const limit = single ? 63 : 253;
  const long = name.length > limit ? [invalidValue(path, name, `must be no more than ${limit} characters`)] : [];
  if ((single ? DNS_LABEL : SUBDOMAIN).test(name)) return long;
  return [...long, invalidValue(path, name, single ? DNS_LABEL_TEXT : SUBDOMAIN_TEXT)];
}

function validateKey(key: string, field: string): readonly Cause[] {
  const [name = '', prefix] = key.split('/').reverse();
  const bad =
    !QUALIFIED_NAME.test(name) || name.length > 63 || (prefix !== undefined && !SUBDOMAIN.test(prefix)) || key.split('/').length > 2;
  return bad ? [invalidValue(['metadata', field], key, QUALIFIED_TEXT)] : [];
}

function validateLabel(key: string, value: unknown): readonly Cause[] {
  const path = ['metadata', 'labels'];
  const problems = [...validateKey(key, 'labels')];
  if (typeof value !== 'string') return problems;
  if (value.length > 63) problems.push(invalidValue(path, value, 'must be no more than 63 bytes'));
  if (!LABEL_VALUE.test(value)) problems.push(invalidValue(path, value, LABEL_VALUE_TEXT));
  return problems;
}

function validateAnnotations(annotations: unknown): readonly Cause[] {
  if (!isObject(annotations)) return [];
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
  const big: readonly Cause[] =
    bytes > ANNOTATION_BYTES
      ? [
          {
            reason: 'FieldValueTooLong',
            message: `Too long: may not be more than ${ANNOTATION_BYTES} bytes`,
            field: 'metadata.annotations',
          },
        ]
      : [];
  return [...Object.keys(annotations).flatMap((key) => validateKey(key.toLowerCase(), 'annotations')), ...big];
}

function validateOwners(owners: unknown): readonly Cause[] {
  if (!Array.isArray(owners)) return [];
  const out: Cause[] = [];
  let controllers = 0;
  for (const [index, owner] of owners.entries()) {
    if (!isObject(owner)) continue;
    const path = ['metadata', 'ownerReferences', index];
    for (const key of ['apiVersion', 'kind', 'name', 'uid']) {
      if (typeof owner[key] !== 'string' || owner[key] === '') out.push(invalidValue([...path, key], '', 'must not be empty'));
    }
    if (owner['controller'] === true) controllers += 1;
  }
  if (controllers > 1) {
    out.push(invalidValue(['metadata', 'ownerReferences'], owners, 'Only one reference can have Controller set to true'));
  }
  return out;
}

/** Metadata that a client cannot change: uid, and finalizers once the deletion began. */
export function validateMetadataUpdate(next: Readonly<Record<string, unknown>>, live: Readonly<Record<string, unknown>>): readonly Cause[] {
  const out: Cause[] = [];
  const uid = metaText(next, 'uid');
  if (uid !== undefined && uid !== metaText(live, 'uid')) out.push(invalidValue(['metadata', 'uid'], uid, 'field is immutable'));
  if (metaText(live, 'deletionTimestamp') === undefined) return out;
  const added = finalizersOf(next).filter((finalizer) => !finalizersOf(live).includes(finalizer));
  if (added.length > 0) {
    const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
    const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
    out.push({ reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' });
  }
  return out;
}
