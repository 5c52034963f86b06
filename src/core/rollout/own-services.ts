import { MANAGED_BY, POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { ServicePort } from '../../api/rollout-service.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import { deepEqual } from '../identity/deep-equal.ts';
import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { act, type Draft, say } from './draft.ts';
import { isOwnService } from './is-own-service.ts';
import { namedServices } from './named-services.ts';
import type { ObservedService } from './observed.ts';
import { presentServices } from './present-services.ts';
import { refusedWrite } from './refused-writes.ts';
import { ownerReference } from './replica-set-object.ts';

/** A port as it should be written: without members that say nothing. */
function written({ name, port, targetPort, protocol, appProtocol }: ServicePort): ServicePort {
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    port,
    targetPort: targetPort ?? port,
    protocol: protocol ?? 'TCP',
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

function wantedPorts({ rollout }: Context): readonly ServicePort[] | undefined {
  return rollout.spec.service?.ports.map(written);
}

function hasPorts(service: ObservedService, ports: readonly ServicePort[]): boolean {
  return deepEqual(service.ports.map(written), ports);
}

/**
 * The revision that a Service gets at its creation: what had the traffic, which is stable's except in a blue-green release after its switch. The other rungs
 * move it from there by the rules of every Service. Undefined on a first deployment, when a selector without hash carries whatever serves.
 */
function firstHash(context: Context, status: RolloutStatus, name: string): string | undefined {
  const active = context.blueGreen?.activeService === name ? context.previous?.blueGreen?.activeSelector : undefined;
  const exists = (hash: string | undefined): boolean =>
    hash !== undefined && context.observed.replicaSets.some((set) => set.owned && !set.deleting && set.hash === hash);
  return [active, status.stableRS].find(exists);
}

/** Labels that every pod of the Rollout has. */
function podLabels({ rollout }: Context): Readonly<Record<string, string>> {
  const { matchLabels } = rollout.spec.selector;
  return Object.keys(matchLabels).length > 0 ? matchLabels : (rollout.spec.template?.metadata?.labels ?? {});
}

function serviceObject(context: Context, status: RolloutStatus, name: string, ports: readonly ServicePort[]): KubeObject | undefined {
  const { namespace } = context.rollout.metadata;
  const hash = firstHash(context, status, name);
  const labels = podLabels(context);
  const selector = hash === undefined ? labels : { ...labels, [POD_TEMPLATE_HASH]: hash };
  if (Object.keys(selector).length === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { [MANAGED_BY]: context.name },
      ownerReferences: [{ ...ownerReference(context) }],
    },
    spec: { selector, ports },
  };
}

function create(context: Context, draft: Draft, name: string, ports: readonly ServicePort[]): Draft {
  const refused = refusedWrite(context, 'createService', name);
  if (refused !== undefined) return say(draft, refused.message);
  const object = serviceObject(context, draft.status, name, ports);
  return object === undefined
    ? draft
    : act(draft, { type: 'createService', object, why: `Service ${name} does not exist: made as spec.service says` });
}

/**
 * Makes the Services that the strategy names and that do not exist, when `spec.service` says how, and keeps the ports of those that the Rollout owns in step
 * with it. A Service that is not ours is never taken over.
 */
export function planOwnServices(context: Context, draft: Draft): Draft {
  const ports = wantedPorts(context);
  if (ports === undefined) return draft;
  return namedServices(context.rollout).reduce((next, [, name]) => {
    const service = context.observed.services.get(name);
    if (service === undefined) return context.troubles.some((one) => one.name === name) ? next : create(context, next, name, ports);
    if (!isOwnService(context.rollout, service) || hasPorts(service, ports)) return next;
    const refused = refusedWrite(context, 'setServicePorts', name);
    if (refused !== undefined) return say(next, refused.message);
    return act(next, { type: 'setServicePorts', target: seen(service), ports, why: `Service ${name} gets the ports of spec.service` });
  }, draft);
}

function portsText(ports: readonly ServicePort[]): string {
  const one = ({ name, port, targetPort, protocol }: ServicePort): string =>
    `${name === undefined ? '' : `${name} `}${port} -> ${targetPort ?? port}${protocol === undefined || protocol === 'TCP' ? '' : ` ${protocol}`}`;
  return ports.map(written).map(one).join(', ');
}

/** The condition of a Service that somebody else made and whose ports are not those of `spec.service`: it is used as it is. */
export function notOwnedFacts(context: Context): readonly ConditionFacts[] {
  const ports = wantedPorts(context);
  if (ports === undefined) return [];
  const foreign = presentServices(context).filter((service) => !isOwnService(context.rollout, service) && !hasPorts(service, ports));
  if (foreign.length === 0) return [];
  const which = foreign.map((service) => `Service ${service.name} has ${portsText(service.ports)}`).join('; ');
  const message = `${which}; it is not owned by this Rollout and keeps its ports, although spec.service says ${portsText(ports)}; change its ports, or delete it to have it made anew`;
  return [{ type: 'ServiceNotOwned', status: 'True', reason: 'PortsDiffer', message }];
}
