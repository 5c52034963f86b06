import { stringify } from 'yaml';
import type { KubeObject } from '../../api/metadata.ts';

/** One CustomResourceDefinition as the checked-in YAML text. */
export function crdYaml(crd: KubeObject): string {
  return `# Generated from src/api by \`npm run crds\`; do not edit.\n${stringify(crd, { lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false })}`;
}
