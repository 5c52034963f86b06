import type { KubeObject } from '../../api/metadata.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { apiError } from './api-error.ts';
import { OBJECT_META } from './built-in-schema.ts';
import { builtInResources, customResource, type Resource, resourceKey } from './resource.ts';
import type { Schema } from './schema.ts';

/** The kinds that the server serves. */
export interface Registry {
  /** Throws 404, as for an unknown path, when the kind or its version is not served. */
  resolve(kind: Pick<ResourceKind, 'group' | 'version' | 'plural'>): Resource;
  all(): readonly Resource[];
  install(crd: KubeObject): Resource;
  uninstall(crd: KubeObject): void;
  /** The schema of a whole object of a resource, with the one of `metadata`, as field ownership and pruning need it. */
  objectSchema(resource: Resource): Schema | undefined;
}

/** A registry with the built-in kinds. */
export function createRegistry(): Registry {
  const resources = builtInResources();
  const wholes = new WeakMap<Resource, Schema>();
  return {
    resolve(kind) {
      const found = resources.get(resourceKey(kind));
      if (found === undefined || found.kind.version !== kind.version) {
        throw apiError(404, 'NotFound', 'the server could not find the requested resource');
      }
      return found;
    },
    all: () => [...resources.values()],
    install(crd) {
      const resource = customResource(crd);
      resources.set(resourceKey(resource.kind), resource);
      return resource;
    },
    uninstall(crd) {
      const { kind } = customResource(crd);
      resources.delete(resourceKey(kind));
    },
    objectSchema(resource) {
      const known = wholes.get(resource);
      if (known !== undefined) return known;
      const { schema } = resource;
      const text: Schema = { type: 'string' };
      const head = { apiVersion: text, kind: text, metadata: OBJECT_META };
      const whole: Schema = { ...schema, properties: { ...schema?.properties, ...head } };
      wholes.set(resource, whole);
      return whole;
    },
  };
}
