import type { KubeObject } from '../../api/metadata.ts';
import { badRequest } from './api-error.ts';
import { valueAt } from './json.ts';

export type ObjectFilter = (object: KubeObject) => boolean;

const SET_TERM = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/u;
const EQUALITY_TERM = /^([^\s!=]+)\s*(==|!=|=)\s*(\S*)$/u;
const NAME_TERM = /^(!?)\s*([^\s!=(),]+)$/u;

/** Splits at commas that stand outside parentheses. */
function terms(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/u)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

function labelTerm(term: string): ObjectFilter {
  const inSet = SET_TERM.exec(term);
  if (inSet?.[1] !== undefined) {
    const [, key, operator, list = ''] = inSet;
    const values = list.split(',').map((value) => value.trim());
    return (object) => values.includes(labelOf(object, key) ?? '\0') === (operator === 'in');
  }
  const equal = EQUALITY_TERM.exec(term);
  if (equal?.[1] !== undefined) {
    const [, key, operator, value] = equal;
    return (object) => (labelOf(object, key) === value) !== (operator === '!=');
  }
  const named = NAME_TERM.exec(term);
  if (named?.[2] === undefined) throw badRequest(`unable to parse requirement: found '${term}' in a label selector`);
  const [, not, key] = named;
  return (object) => (labelOf(object, key) === undefined) === (not === '!');
}

function labelOf(object: KubeObject, key: string): string | undefined {
  const labels = object.metadata.labels;
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** `a=b,c!=d,e in (f,g),h,!i`; throws 400 when it is none. */
export function parseLabelSelector(selector: string | undefined): ObjectFilter {
  const filters = terms(selector ?? '').map(labelTerm);
  return (object) => filters.every((filter) => filter(object));
}

/** Fields that built-in kinds can be selected by, besides name and namespace. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  secrets: ['type'],
  namespaces: ['status.phase'],
  replicasets: ['status.replicas'],
  events: ['regarding.kind', 'regarding.name', 'regarding.namespace', 'regarding.uid', 'reason', 'type', 'reportingController'],
};

/** Selectable fields of core/v1 Events under their newer names. */
const EVENT_ALIAS: readonly (readonly [RegExp, string])[] = [
  [/^involvedObject\./u, 'regarding.'],
  [/^(?:source|reportingComponent)$/u, 'reportingController'],
];

/** `metadata.name=x,metadata.namespace!=y` and the kind's own fields; throws 400 for any other field. */
export function parseFieldSelector(selector: string | undefined, plural: string, selectable: readonly string[] = []): ObjectFilter {
  const allowed = new Set(['metadata.name', 'metadata.namespace', ...(SELECTABLE[plural] ?? []), ...selectable]);
  const filters = terms(selector ?? '').map((term): ObjectFilter => {
    const match = EQUALITY_TERM.exec(term);
    if (match?.[1] === undefined) throw badRequest(`invalid field selector: ${term}`);
    const [, asked, operator, value] = match;
    const field = plural === 'events' ? EVENT_ALIAS.reduce((name, [from, to]) => name.replace(from, to), asked) : asked;
    if (!allowed.has(field) && !field.startsWith('regarding.')) throw badRequest(`field label not supported: ${asked}`);
    return (object) => (text(valueAt(object, field.split('.'))) === value) !== (operator === '!=');
  });
  return (object) => filters.every((filter) => filter(object));
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
