import { ownCrds } from '../../api/own-crds.ts';
import { crdYaml } from '../../core/crds/crd-yaml.ts';
import type { CliContext } from '../context.ts';

/** All CustomResourceDefinitions as one YAML stream, for kubectl. */
export function runCrds(context: Pick<CliContext, 'out'>): void {
  context.out(ownCrds().map(crdYaml).join('---\n'));
}
