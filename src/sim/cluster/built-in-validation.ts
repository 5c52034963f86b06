import type { Cause } from './api-error.ts';
import { isObject, type JsonObject, jsonEqual, valueAt } from './json.ts';
import { type FieldPath, invalidValue, required } from './schema-validate.ts';
import { stableJson } from './stable-json.ts';

type Check = (object: JsonObject, live: JsonObject | undefined) => readonly Cause[];

function labelsMatch(selector: unknown, labels: unknown): boolean {
  const wanted = isObject(selector) && isObject(selector['matchLabels']) ? selector['matchLabels'] : {};
  return Object.entries(wanted).every(([key, value]) => isObject(labels) && labels[key] === value);
}

function isBlankSelector(selector: unknown): boolean {
  if (!isObject(selector)) return true;
  const expressions = selector['matchExpressions'];
  const labels = selector['matchLabels'];
  const noLabels = !isObject(labels) || Object.keys(labels).length === 0;
  return noLabels && (!Array.isArray(expressions) || expressions.length === 0);
}

function nonNegative(object: JsonObject, path: FieldPath): readonly Cause[] {
  const value = valueAt(object, path);
  return typeof value === 'number' && value < 0 ? [invalidValue(path, value, 'must be greater than or equal to 0')] : [];
}

function immutable(object: JsonObject, live: JsonObject | undefined, path: FieldPath): readonly Cause[] {
  if (live === undefined || jsonEqual(valueAt(object, path), valueAt(live, path))) return [];
  return [invalidValue(path, valueAt(object, path), 'field is immutable')];
}

function checkPodSpec(spec: unknown, path: FieldPath): readonly Cause[] {
  if (!isObject(spec)) return [required([...path, 'containers'])];
  const containers = spec['containers'];
  if (!Array.isArray(containers) || containers.length === 0) return [required([...path, 'containers'])];
  const seen = new Set<string>();
  return containers.filter(isObject).flatMap((container, index) => {
    const at = [...path, 'containers', index];
    const out: Cause[] = [];
    const { name, image } = container;
    if (typeof name !== 'string' || name === '') out.push(required([...at, 'name']));
    else if (seen.has(name))
      out.push({
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify(name)}`,
        field: `${path.join('.')}.containers[${index}].name`,
      });
    else seen.add(name);
    if (typeof image !== 'string' || image === '') out.push(required([...at, 'image']));
    return out;
  });
}

const checkWorkload: Check = (object, live) => {
  const selector = valueAt(object, ['spec', 'selector']);
  const labels = valueAt(object, ['spec', 'template', 'metadata', 'labels']);
  const out: Cause[] = [...nonNegative(object, ['spec', 'replicas'])];
  if (selector === undefined) out.push(required(['spec', 'selector']));
  else if (isBlankSelector(selector)) out.push(invalidValue(['spec', 'selector'], selector, 'empty selector is invalid for deployment'));
  else if (!labelsMatch(selector, labels)) {
    out.push(invalidValue(['spec', 'template', 'metadata', 'labels'], labels ?? null, '`selector` does not match template `labels`'));
  }
  out.push(...immutable(object, live, ['spec', 'selector']));
  return [...out, ...checkPodSpec(valueAt(object, ['spec', 'template', 'spec']), ['spec', 'template', 'spec'])];
};

const checkPod: Check = (object, live) => {
  if (live === undefined) return checkPodSpec(object['spec'], ['spec']);
  const frozen = (value: JsonObject): string => {
    const spec = isObject(value['spec']) ? value['spec'] : {};
    const {
      tolerations: _t,
      activeDeadlineSeconds: _a,
      terminationGracePeriodSeconds: _g,
      nodeName: _n,
      schedulingGates: _s,
      ...rest
    } = spec;
    const images = (name: string): unknown =>
      Array.isArray(spec[name]) ? spec[name].filter(isObject).map((c) => ({ ...c, image: '' })) : undefined;
    return stableJson({ ...rest, containers: images('containers'), initContainers: images('initContainers') });
  };
  if (frozen(object) === frozen(live)) return [];
  const message =
    'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  return [{ reason: 'FieldValueForbidden', message, field: 'spec' }];
};

const checkService: Check = (object, live) => {
  const type = valueAt(object, ['spec', 'type']);
  const ports = valueAt(object, ['spec', 'ports']);
  const headless = valueAt(object, ['spec', 'clusterIP']) === 'None';
  const list = Array.isArray(ports) ? ports.filter(isObject) : [];
  const out: Cause[] = [];
  if (type !== 'ExternalName' && !headless && list.length === 0) out.push(required(['spec', 'ports']));
  for (const [index, port] of list.entries()) {
    const at = ['spec', 'ports', index];
    const number = port['port'];
    if (typeof number !== 'number' || number < 1 || number > 65_535) {
      out.push(invalidValue([...at, 'port'], number ?? 0, 'must be between 1 and 65535, inclusive'));
    }
    if (list.length > 1 && (typeof port['name'] !== 'string' || port['name'] === '')) out.push(required([...at, 'name']));
  }
  return type === 'ExternalName' ? out : [...out, ...immutable(object, live, ['spec', 'clusterIP'])];
};

const checkRoleRef: Check = (object, live) => {
  if (live === undefined || jsonEqual(object['roleRef'], live['roleRef'])) return [];
  return [invalidValue(['roleRef'], object['roleRef'], 'cannot change roleRef')];
};

const checkData: Check = (object, live) => {
  if (live?.['immutable'] !== true) return [];
  const out: Cause[] = [];
  if (object['immutable'] !== true)
    out.push({ reason: 'FieldValueForbidden', message: 'Forbidden: field is immutable when `immutable` is set', field: 'immutable' });
  if (!jsonEqual(object['data'], live['data']))
    out.push({ reason: 'FieldValueForbidden', message: 'Forbidden: field is immutable when `immutable` is set', field: 'data' });
  return out;
};

const checkLease: Check = (object) => {
  const positive = (key: string): readonly Cause[] => {
    const value = valueAt(object, ['spec', key]);
    return typeof value === 'number' && value <= 0 ? [invalidValue(['spec', key], value, 'must be greater than 0')] : [];
  };
  const transitions = nonNegative(object, ['spec', 'leaseTransitions']);
  return [...positive('leaseDurationSeconds'), ...transitions];
};

const checkEvent: Check = (object) => {
  const out: Cause[] = [];
  const text = (path: FieldPath): boolean => typeof valueAt(object, path) === 'string' && valueAt(object, path) !== '';
  for (const key of ['reportingController', 'reportingInstance', 'action', 'reason']) if (!text([key])) out.push(required([key]));
  if (object['type'] !== 'Normal' && object['type'] !== 'Warning')
    out.push(invalidValue(['type'], object['type'] ?? '', 'has invalid value: '));
  return out;
};

const checkIngress: Check = (object) => {
  const rules = valueAt(object, ['spec', 'rules']);
  const list = Array.isArray(rules) ? rules.filter(isObject) : [];
  const fallback = valueAt(object, ['spec', 'defaultBackend']);
  if (list.length === 0 && fallback === undefined) {
    return [invalidValue(['spec'], null, 'either `defaultBackend` or `rules` must be specified')];
  }
  return [
    ...(fallback === undefined ? [] : checkBackend(fallback, ['spec', 'defaultBackend'])),
    ...list.flatMap((rule, index) => {
      const paths = valueAt(rule, ['http', 'paths']);
      const at = ['spec', 'rules', index, 'http', 'paths'];
      return (Array.isArray(paths) ? paths.filter(isObject) : []).flatMap((path, place) => checkIngressPath(path, [...at, place]));
    }),
  ];
};

function checkIngressPath(path: JsonObject, at: FieldPath): readonly Cause[] {
  const { path: text, pathType } = path;
  const rooted = typeof text === 'string' && text.startsWith('/');
  const absolute = pathType === 'Exact' || pathType === 'Prefix';
  return [
    ...(absolute && !rooted ? [invalidValue([...at, 'path'], text ?? '', 'must be an absolute path')] : []),
    ...checkBackend(path['backend'], [...at, 'backend']),
  ];
}

function checkBackend(backend: unknown, at: FieldPath): readonly Cause[] {
  if (valueAt(backend, ['resource']) !== undefined) return [];
  const name = valueAt(backend, ['service', 'name']);
  const port = valueAt(backend, ['service', 'port', 'number']) ?? valueAt(backend, ['service', 'port', 'name']);
  return [
    ...(typeof name === 'string' && name !== '' ? [] : [required([...at, 'service', 'name'])]),
    ...(port === undefined ? [required(at, 'port name or number is required')] : []),
  ];
}

const CHECKS: Readonly<Record<string, Check>> = {
  ReplicaSet: checkWorkload,
  Deployment: checkWorkload,
  Pod: checkPod,
  Service: checkService,
  RoleBinding: checkRoleRef,
  ClusterRoleBinding: checkRoleRef,
  ConfigMap: checkData,
  Secret: checkData,
  Ingress: checkIngress,
  Lease: checkLease,
  Event: checkEvent,
};

/** The rules of the built-in kinds that matter to Sluice: required and immutable fields, selectors that match their template. */
export function validateBuiltIn(kind: string, object: JsonObject, live: JsonObject | undefined): readonly Cause[] {
  return CHECKS[kind]?.(object, live) ?? [];
}
