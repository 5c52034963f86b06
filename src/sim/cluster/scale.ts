import { invalid, notFound } from './api-error.ts';
import { cloneJson, isObject, type JsonObject, valueAt } from './json.ts';
import { metadataOf, metaText } from './object-meta.ts';
import type { Resource, ScalePaths } from './resource.ts';

function pathsOfScale(resource: Resource, name: string): ScalePaths {
  if (resource.scale === undefined) throw notFound(resource.kind, name);
  return resource.scale;
}

function selectorText(resource: Resource, object: Readonly<Record<string, unknown>>, paths: ScalePaths): string | undefined {
  if (resource.custom) {
    const value = paths.selector === undefined ? undefined : valueAt(object, paths.selector);
    return typeof value === 'string' ? value : undefined;
  }
  const labels = valueAt(object, ['spec', 'selector', 'matchLabels']);
  return isObject(labels)
    ? Object.entries(labels)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(',')
    : undefined;
}

/** The autoscaling/v1 Scale of an object. */
export function scaleOf(resource: Resource, object: Readonly<Record<string, unknown>>): JsonObject {
  const paths = pathsOfScale(resource, metaText(object, 'name') ?? '');
  const metadata = metadataOf(object);
  const kept = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp'].filter((key) => metadata[key] !== undefined);
  const selector = selectorText(resource, object, paths);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: Object.fromEntries(kept.map((key) => [key, metadata[key]])),
    spec: { replicas: valueAt(object, paths.spec) ?? 0 },
    status: { replicas: valueAt(object, paths.status) ?? 0, ...(selector === undefined ? {} : { selector }) },
  };
}

/** A copy of an object with the replicas that a Scale asks for. */
export function withScale(resource: Resource, live: JsonObject, scale: Readonly<Record<string, unknown>>): JsonObject {
  const name = metaText(live, 'name') ?? '';
  const paths = pathsOfScale(resource, name);
  const replicas = valueAt(scale, ['spec', 'replicas']) ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    const message = `Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`;
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [{ reason: 'FieldValueInvalid', message, field: 'spec.replicas' }]);
  }
  const next = cloneJson(live);
  let parent = next;
  for (const step of paths.spec.slice(0, -1)) {
    const member = parent[step];
    const child: JsonObject = isObject(member) ? member : {};
    parent[step] = child;
    parent = child;
  }
  parent[paths.spec.at(-1) ?? 'replicas'] = replicas;
  return next;
}
