import { fieldsOf } from '../sync/fields-of.ts';
import type { Manifest } from '../sync/manifest.ts';
import { closureOf } from './closure.ts';
import { podConfig } from './pod-config.ts';
import type { RestoreFacts } from './restore-facts.ts';
import { changedDocuments, type Scope } from './restore-scope.ts';

/** Names of the ConfigMaps that a workload of any kind uses: a Pod, a pod template, or the template of a CronJob's Jobs. */
function configMapsOf(manifest: Manifest): readonly string[] {
  const spec = fieldsOf(manifest.object['spec']);
  const job = fieldsOf(fieldsOf(spec['jobTemplate'])['spec']);
  const templates = [spec['template'], job['template'], manifest.object['template'], ...(manifest.kind === 'Pod' ? [{ spec }] : [])];
  return templates.flatMap((template) => podConfig(template).configMaps);
}

function uses(manifests: readonly Manifest[], user: Manifest, target: Manifest): boolean {
  if (user.namespace !== target.namespace) return false;
  if (user.kind === 'Rollout')
    return closureOf(manifests, { namespace: user.namespace ?? '', name: user.name })?.ids.has(target.id) === true;
  return target.kind === 'ConfigMap' && configMapsOf(user).includes(target.name);
}

/**
 * An object that the restore would change and that another workload uses too, at any of the three commits: the change may have been meant for that one, and
 * taking it back is not this Rollout's to decide. Only what the same source holds is seen.
 */
export function sharedObject(facts: RestoreFacts, scope: Scope): { readonly object: Manifest; readonly user: Manifest } | undefined {
  const restored = changedDocuments(facts.good, facts.applied).filter((manifest) => scope.ids.has(manifest.id));
  for (const { manifests } of [facts.applied, facts.good, facts.tip]) {
    for (const user of manifests.filter((manifest) => !scope.ids.has(manifest.id))) {
      const object = restored.find((target) => uses(manifests, user, target));
      if (object !== undefined) return { object, user };
    }
  }
  return undefined;
}
