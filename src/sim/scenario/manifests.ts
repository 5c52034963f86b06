import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import * as kinds from '../../api/kinds.ts';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, POD_DISRUPTION_BUDGET, ROLE, ROLE_BINDING } from '../cluster/built-in-kinds.ts';

const objectSchema = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: objectMetaSchema });

function isKind(value: unknown): value is ResourceKind {
  return typeof value === 'object' && value !== null && 'plural' in value;
}

const KNOWN: readonly ResourceKind[] = [
  ...Object.values(kinds).filter(isKind),
  ROLE,
  ROLE_BINDING,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  POD_DISRUPTION_BUDGET,
];

/** The objects of a YAML text with any number of documents. */
export function parseManifests(text: string): readonly KubeObject[] {
  return parseAllDocuments(text)
    .filter((document) => !('empty' in document) || document.contents !== null)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as unknown;
    })
    .filter((value) => value !== null)
    .map((value) => objectSchema.parse(value));
}

/** The resource that serves objects of this apiVersion and kind; undefined when the simulated cluster has none. */
export function findKind(object: Pick<KubeObject, 'apiVersion' | 'kind'>): ResourceKind | undefined {
  return KNOWN.find((kind) => {
    const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
    return apiVersion === object.apiVersion && kind.kind === object.kind;
  });
}

/** As {@link findKind}; throws when there is none. */
export function kindOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): ResourceKind {
  const found = findKind(object);
  if (found === undefined)
    throw new Error(`the scenario knows no resource for ${object.apiVersion} ${object.kind}; name one of api/kinds.ts`);
  return found;
}
