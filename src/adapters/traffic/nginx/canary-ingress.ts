import { INGRESS } from '../../../api/kinds.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import type { NginxRouting } from '../../../api/nginx-routing.ts';
import { deepEqual } from '../../../core/identity/deep-equal.ts';
import { canaryIngressName } from '../../../core/identity/names.ts';
import type { RoutedRollout, RouterObjects } from '../../../ports/traffic-router.ts';
import { found, type Result, trouble } from '../result.ts';
import { findObject, type RouterObject } from '../router-objects.ts';
import { canaryIngress, type IngressView, ingressSchema, isNginxAnnotation, nginxAnnotation, stableIngresses } from './ingress.ts';

/** One stable Ingress with the canary Ingress beside it. */
export interface IngressPair {
  readonly stable: RouterObject<IngressView>;
  /** Ours; undefined while there is none. */
  readonly canary: KubeObject | undefined;
  /** The canary Ingress that gives the canary this weight. */
  readonly desired: (weight: number) => KubeObject;
}

/** Every Ingress that the Rollout names: with its canary Ingress, or what is wrong with one of them. */
export function findIngressPairs(config: NginxRouting, rollout: RoutedRollout, objects: RouterObjects): readonly Result<IngressPair>[] {
  return stableIngresses(config).map(({ name, field }) => {
    const lookup = findObject(objects, INGRESS, ingressSchema, name, field);
    return lookup.ok ? pairOf(config, rollout, objects, lookup.value) : lookup;
  });
}

/** The canary Ingress beside the Ingress of this name, and whether it is ours. */
export function findCanary(
  rollout: RoutedRollout,
  objects: RouterObjects,
  stable: string,
): { readonly canary: KubeObject; readonly owned: boolean } | undefined {
  if (objects.availability(INGRESS) !== 'Served') return undefined;
  const canary = objects.get(INGRESS, canaryIngressName(rollout.name, stable));
  if (canary === undefined) return undefined;
  return {
    canary,
    owned: canary.metadata.ownerReferences?.some((owner) => owner.uid === rollout.uid && owner.controller === true) === true,
  };
}

function pairOf(
  config: NginxRouting,
  rollout: RoutedRollout,
  objects: RouterObjects,
  stable: RouterObject<IngressView>,
): Result<IngressPair> {
  const { name, annotations } = stable.view.metadata;
  if (annotations?.[nginxAnnotation(config, 'canary')] === 'true') {
    return trouble('RouteInvalid', `Ingress ${name} is itself a canary Ingress; name the Ingress that it stands beside`);
  }
  const first = canaryIngress(config, rollout, stable, 0);
  if (first === undefined) {
    const { stableService } = rollout;
    return trouble(
      'RuleNotFound',
      `Ingress ${name} has no path to the Service ${stableService}; let one lead there, or name another Ingress`,
    );
  }
  const beside = findCanary(rollout, objects, name);
  if (beside?.owned === false) {
    const { name: taken } = first.metadata;
    return trouble(
      'RouteNotOwned',
      `Ingress ${taken} is not owned by this Rollout, which needs that name beside ${name}; delete or rename it`,
    );
  }
  return found({ stable, canary: beside?.canary, desired: (weight) => canaryIngress(config, rollout, stable, weight) ?? first });
}

/** The weight that a pair gives the canary; undefined when its canary Ingress is missing or says anything else than the one of that weight. */
export function weightOf(config: NginxRouting, pair: IngressPair): number | undefined {
  if (pair.canary === undefined) return undefined;
  const text = pair.canary.metadata.annotations?.[nginxAnnotation(config, 'canary-weight')] ?? '';
  if (!/^[0-9]{1,9}$/.test(text)) return undefined;
  const weight = Number(text);
  return saysSame(config, pair.canary, pair.desired(weight)) ? weight : undefined;
}

/** Annotations of other tools, and the order of members, do not matter. */
function saysSame(config: NginxRouting, live: KubeObject, desired: KubeObject): boolean {
  const [annotations, wanted] = [live.metadata.annotations ?? {}, desired.metadata.annotations ?? {}];
  const extra = Object.keys(annotations).some((key) => isNginxAnnotation(config, key) && !Object.hasOwn(wanted, key));
  const missing = Object.entries(wanted).some(([key, value]) => annotations[key] !== value);
  return !extra && !missing && deepEqual(live['spec'], desired['spec']);
}

/** The live canary Ingress made to say what `desired` says; annotations of other tools stay. */
export function updatedCanary(config: NginxRouting, live: KubeObject, desired: KubeObject): KubeObject {
  const kept = Object.entries(live.metadata.annotations ?? {}).filter(([key]) => !isNginxAnnotation(config, key));
  const annotations = { ...Object.fromEntries(kept), ...desired.metadata.annotations };
  return { ...live, metadata: { ...live.metadata, annotations }, spec: desired['spec'] };
}
