import assert from 'node:assert/strict';
import { CUSTOM_RESOURCE_DEFINITION, type KindDescriptor } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { millis } from '../../src/api/time.ts';
import type { Cluster, ResourceKind, WatchEvent, WatchOptions } from '../../src/ports/cluster.ts';
import { isSluiceError, type SluiceError } from '../../src/ports/errors.ts';

export const WIDGET: KindDescriptor = { group: 'contract.sluice.dev', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };

const text = { type: 'string' };
const integer = { type: 'integer' };

const parts = {
  type: 'array',
  maxItems: 10,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: {
    type: 'object',
    required: ['name'],
    properties: { name: { ...text, maxLength: 50 }, weight: { ...integer, default: 1 }, note: text },
  },
};

const spec = {
  type: 'object',
  required: ['color'],
  'x-kubernetes-validations': [
    { rule: '!has(self.max) || self.replicas <= self.max', message: 'replicas must not exceed max' },
    { rule: 'self.color == oldSelf.color', message: 'color is immutable', fieldPath: '.color' },
    { rule: '!has(self.ratio) || self.ratio >= 0.5', message: 'ratio must be at least one half' },
  ],
  properties: {
    color: { ...text, maxLength: 20, pattern: '^[a-z]+$' },
    size: { ...text, enum: ['small', 'large'] },
    replicas: { ...integer, format: 'int32', minimum: 0, default: 1 },
    max: { ...integer, format: 'int32' },
    ratio: { type: 'number' },
    surge: { 'x-kubernetes-int-or-string': true, anyOf: [integer, text] },
    template: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    selector: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
    labels: { type: 'object', additionalProperties: text },
    tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set', maxItems: 5 },
    plain: { type: 'array', items: text },
    parts,
  },
};

const conditions = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: { type: 'object', required: ['type', 'status'], properties: { type: text, status: text, reason: text, message: text } },
};

const status = {
  type: 'object',
  default: { observedGeneration: -1 },
  properties: {
    observedGeneration: { ...integer, format: 'int64', minimum: -1 },
    phase: text,
    message: text,
    replicas: integer,
    selector: text,
    conditions,
  },
};

/** A small definition with everything that Sluice's own ones use. */
export const WIDGET_CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.contract.sluice.dev' },
  spec: {
    group: WIDGET.group,
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
        },
        additionalPrinterColumns: [
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status } } },
      },
    ],
  },
};

/** Reads a member at a dotted path. */
export function at(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), object);
}

/** Fails unless the promise is refused with this code and these details; the error for more checks. */
export async function refused(promise: Promise<unknown>, code: SluiceError['code'], status: number, reason: string): Promise<SluiceError> {
  try {
    await promise;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    const found = { code: error.code, status: error.details['status'], reason: error.details['reason'] };
    assert.deepEqual(found, { code, status, reason }, error.message);
    return error;
  }
  return assert.fail(`expected ${code}, but the call succeeded`);
}

/** Fails unless the promise is refused with this HTTP status; the error for more checks. */
export async function refusedWith(promise: Promise<unknown>, status: number): Promise<SluiceError> {
  try {
    await promise;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    assert.equal(error.details['status'], status, error.message);
    return error;
  }
  return assert.fail(`expected status ${status}, but the call succeeded`);
}

/** `field: message` of every cause of a refusal. */
export function causesOf(error: SluiceError): readonly string[] {
  const causes = error.details['causes'];
  return Array.isArray(causes) ? causes.map((cause) => `${String(at(cause, 'field'))}: ${String(at(cause, 'message'))}`) : [];
}

/** Watches until `enough` holds of what came; fails with what came when the server ends the watch first. */
export async function watchUntil(
  cluster: Cluster,
  kind: ResourceKind,
  options: WatchOptions,
  enough: (events: readonly WatchEvent[]) => boolean,
): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  const stop = new AbortController();
  try {
    for await (const event of cluster.watch(kind, { timeout: millis(20_000), ...options, signal: stop.signal })) {
      events.push(event);
      if (enough(events)) return events;
    }
  } finally {
    stop.abort();
  }
  return assert.fail(`the watch ended after ${JSON.stringify(events)}`);
}

function isEstablished(event: WatchEvent): boolean {
  if (event.type === 'BOOKMARK') return false;
  const list = at(event.object, 'status.conditions');
  return Array.isArray(list) && list.some((condition) => at(condition, 'type') === 'Established' && at(condition, 'status') === 'True');
}

/** Installs the widget definition unless it is there, and waits until widgets are served. */
export async function installWidgets(cluster: Cluster, namespace: string): Promise<void> {
  const { name } = WIDGET_CRD.metadata;
  if ((await cluster.get(CUSTOM_RESOURCE_DEFINITION, { name })) === undefined) await cluster.create(CUSTOM_RESOURCE_DEFINITION, WIDGET_CRD);
  const fieldSelector = `metadata.name=${name}`;
  await watchUntil(cluster, CUSTOM_RESOURCE_DEFINITION, { fieldSelector }, (events) => events.some(isEstablished));
  for (let attempt = 0; attempt < 30; attempt += 1) {
    try {
      await cluster.list(WIDGET, { namespace });
      return;
    } catch (error) {
      // The handler follows the condition a little later, and its cache a little after that (429 until then); a short watch of nothing is the wait.
      if (!isSluiceError(error, 'not_found') && !isSluiceError(error, 'rate_limited')) throw error;
      for await (const _ of cluster.watch(CUSTOM_RESOURCE_DEFINITION, { fieldSelector: 'metadata.name=none', timeout: millis(1000) }))
        assert.fail('nothing has that name');
    }
  }
  assert.fail('widgets are not served');
}

/** A widget with this spec. */
export function widget(
  namespace: string,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return {
    apiVersion: 'contract.sluice.dev/v1',
    kind: 'Widget',
    metadata: { name, namespace, ...metadata },
    spec: { color: 'red', ...spec },
  };
}

/** A member at a dotted path that must be a list. */
export function listAt(object: unknown, path: string): readonly unknown[] {
  const value = at(object, path);
  return Array.isArray(value) ? value : assert.fail(`${path} is no list`);
}
