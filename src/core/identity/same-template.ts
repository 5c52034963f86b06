import { fieldsOf } from '../sync/fields-of.ts';
import { deepEqual } from './deep-equal.ts';
import { isRecord } from './is-record.ts';
import { quantity } from './quantity.ts';

type Fields = Readonly<Record<string, unknown>>;

const PROBE: Fields = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const CONTAINER: Fields = { resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
const MODE: Fields = { defaultMode: 420 };

/** What the API server adds to a pod template (core/v1 defaults), by the field that holds it; an entry of a list belongs to the field of the list. */
const DEFAULTS: Readonly<Record<string, Fields>> = {
  spec: {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  },
  containers: CONTAINER,
  initContainers: CONTAINER,
  ephemeralContainers: CONTAINER,
  ports: { protocol: 'TCP' },
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  httpGet: { path: '/', scheme: 'HTTP' },
  grpc: { service: '' },
  fieldRef: { apiVersion: 'v1' },
  volumes: { emptyDir: {} },
  configMap: MODE,
  secret: MODE,
  projected: MODE,
  downwardAPI: MODE,
  serviceAccountToken: { expirationSeconds: 3600 },
  hostPath: { type: '' },
  resourceFieldRef: { divisor: '0' },
};

/** Fields whose members are amounts. */
const AMOUNTS: ReadonlySet<string> = new Set(['limits', 'requests', 'overhead', 'sizeLimit', 'divisor']);
/** Maps that say nothing when they are empty. */
const MAPS: ReadonlySet<string> = new Set(['annotations', 'labels', 'nodeSelector', 'limits', 'requests']);

function pullPolicy(image: unknown): string {
  const name = typeof image === 'string' ? image.slice(image.lastIndexOf('/') + 1) : '';
  return name.endsWith(':latest') || !/[:@]/u.test(name) ? 'Always' : 'IfNotPresent';
}

function saysNothing(key: string, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (key === 'value') return value === '';
  return MAPS.has(key) && deepEqual(value, {});
}

/** Whether a field that only one of two templates has is what the API server adds, or nothing at all. */
function isImplied(parent: string, holder: Fields, key: string): boolean {
  const value = holder[key];
  if (saysNothing(key, value)) return true;
  if (parent === 'spec' && key === 'serviceAccount') return value === holder['serviceAccountName'];
  if (DEFAULTS[parent] === CONTAINER && key === 'imagePullPolicy') return value === pullPolicy(holder['image']);
  const defaults = DEFAULTS[parent] ?? {};
  return Object.hasOwn(defaults, key) && deepEqual(defaults[key], value);
}

function same(parent: string, left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => same(parent, item, right[index]));
  if (!isRecord(left) || !isRecord(right)) return left === right || (AMOUNTS.has(parent) && sameAmount(left, right));
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => {
    const [mine, theirs] = [left[key], right[key]];
    if (mine === undefined || mine === null) return isImplied(parent, right, key);
    if (theirs === undefined || theirs === null) return isImplied(parent, left, key);
    return same(AMOUNTS.has(parent) ? parent : key, mine, theirs);
  });
}

function sameAmount(left: unknown, right: unknown): boolean {
  const amount = quantity(left);
  return amount !== undefined && amount === quantity(right);
}

/**
 * Whether two pod templates ask for the same pods: equal but for what the API server adds by itself, empty maps and lists, and the way an amount is written. So a template
 * that was read back from a ReplicaSet, or that states a default, is no new revision (as with a Deployment).
 */
export function samePodTemplate(left: Fields, right: Fields): boolean {
  const without = (template: Fields): Fields => {
    const { creationTimestamp: _created, ...metadata } = fieldsOf(template['metadata']);
    return { ...template, metadata };
  };
  return same('template', without(left), without(right));
}
