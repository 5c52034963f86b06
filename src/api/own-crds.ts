import { customResourceDefinition } from './crd.ts';
import { CRD_TABLE } from './crd-table.ts';
import type { KubeObject } from './metadata.ts';

/** The CustomResourceDefinitions of all kinds that Sluice defines, for `sluice crds`, the chart and the simulator. */
export function ownCrds(): readonly KubeObject[] {
  return CRD_TABLE.map(customResourceDefinition);
}
