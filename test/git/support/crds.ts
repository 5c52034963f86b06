import type { KubeObject } from '../../../src/api/metadata.ts';
import { ownCrds } from '../../../src/api/own-crds.ts';

let all: readonly KubeObject[] | undefined;

/** The definitions of these plurals (`rollouts`): made once, and only those that a test needs, since installing one takes time. */
export function crdsOf(...plurals: readonly string[]): readonly KubeObject[] {
  all ??= ownCrds();
  return all.filter((crd) => plurals.some((plural) => crd.metadata.name.startsWith(`${plural}.`)));
}
