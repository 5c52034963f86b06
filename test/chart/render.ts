import { join } from 'node:path';
import type { KubeObject } from '../../src/api/metadata.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { type CommandResult, runTool } from '../support/kubectl.ts';

export const CHART = join(import.meta.dirname, '..', '..', 'charts', 'sluice');
export const RELEASE = { name: 'sluice', namespace: 'sluice-system' } as const;

/** Real `helm template` with these values as JSON. */
export function helmTemplate(values: Readonly<Record<string, unknown>> = {}): Promise<CommandResult> {
  const args = ['template', RELEASE.name, CHART, '--namespace', RELEASE.namespace, '--values', '-'];
  return runTool('helm', args, { input: JSON.stringify(values) });
}

/** The objects that the chart makes of these values; a helm that refuses fails the test with what it said. */
export async function render(values: Readonly<Record<string, unknown>> = {}): Promise<readonly KubeObject[]> {
  const { code, stdout, stderr } = await helmTemplate(values);
  if (code !== 0) throw new Error(`helm template failed: ${stderr}`);
  return parseManifests(stdout);
}

/** The rendered objects of one kind. */
export function ofKind(objects: readonly KubeObject[], kind: string): readonly KubeObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** The one rendered object of a kind. */
export function oneOf(objects: readonly KubeObject[], kind: string): KubeObject {
  const [found, ...others] = ofKind(objects, kind);
  if (found === undefined || others.length > 0)
    throw new Error(`the chart renders ${others.length + (found === undefined ? 0 : 1)} objects of kind ${kind}`);
  return found;
}
