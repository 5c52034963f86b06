import { REPLICA_SET, ROLLOUT, SERVICE } from '../../api/kinds.ts';
import { ABORT, POD_TEMPLATE_HASH, REQUEST } from '../../api/labels.ts';
import { type Finding, type Invariant, type Step, stateless } from './invariant.ts';
import { limitsOf } from './limits.ts';
import { sidesOf } from './traffic/service-shares.ts';
import {
  countsOf,
  hashOf,
  kindKey,
  named,
  ownerOf,
  type RolloutView,
  readyPods,
  replicaSetsOf,
  runsOf,
  selectorOf,
  servicesSelecting,
  viewRollout,
  type WorldView,
} from './world-view.ts';

function isServiceWrite({ write }: Step): boolean {
  return write.byController && kindKey(write.request.kind) === kindKey(SERVICE) && write.before !== undefined && write.after !== undefined;
}

/** Ready pods that a Service needs when it carries the main traffic; one when it does not. */
function neededBy(view: WorldView, service: string, namespace: string | undefined): number {
  for (const object of view.objects(ROLLOUT)) {
    const rollout = viewRollout(object);
    if (rollout === undefined || rollout.metadata.namespace !== namespace) continue;
    const { canary, blueGreen } = rollout.spec.strategy;
    if (canary?.stableService !== service && blueGreen?.activeService !== service) continue;
    return rollout.spec.replicas - limitsOf(rollout, rollout.spec.replicas).unavailable;
  }
  return 1;
}

/** S2, S5: pods are ready before a Service selects them. */
export const SELECTOR_FOLLOWS_READINESS = stateless(
  'S5',
  'a Service is pointed only at pods that are ready, the serving one at enough of them',
  (step) => {
    const { before, write } = step;
    if (!isServiceWrite(step) || write.before === undefined || write.after === undefined) return [];
    const { namespace, name } = write.after.metadata;
    const [from, to] = [selectorOf(write.before), selectorOf(write.after)];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    const [had, has] = [readyPods(before, namespace, from), readyPods(before, namespace, to)];
    const needed = Math.min(had, Math.max(1, neededBy(before, name, namespace)));
    if (has >= needed) return [];
    const change = `${from[POD_TEMPLATE_HASH] ?? 'no hash'} -> ${to[POD_TEMPLATE_HASH] ?? 'no hash'}`;
    return [
      { object: named(write.after), message: `selector ${change} leaves ${has} ready pods where ${had} served and ${needed} are needed` },
    ];
  },
);

/** With routers an idle canary Service is turned round last: its traffic, not its selector, is what the rules of routed traffic judge. */
function isIdleSide(rollout: RolloutView, service: string): boolean {
  const { canary } = rollout.spec.strategy;
  return canary?.trafficRouting !== undefined && sidesOf(rollout).includes(service) && service !== canary.stableService;
}

/** S5: nothing is drained to zero while a Service points at it and something else could serve. */
export const DRAIN_FOLLOWS_SELECTOR = stateless(
  'S5',
  'a revision is not scaled to zero or deleted while a Service selects it',
  ({ before, write }) => {
    const target = write.before;
    if (!write.byController || kindKey(write.request.kind) !== kindKey(REPLICA_SET) || target === undefined) return [];
    const hash = hashOf(target);
    const rollout = ownerOf(before, target);
    const emptied = write.after === undefined || write.after.metadata.deletionTimestamp !== undefined || countsOf(write.after).spec === 0;
    if (hash === undefined || rollout === undefined || !emptied || countsOf(target).spec === 0 || rollout.spec.replicas === 0) return [];
    const others = replicaSetsOf(before, rollout).filter((replicaSet) => hashOf(replicaSet) !== hash && countsOf(replicaSet).ready > 0);
    if (others.length === 0) return [];
    const pointing = servicesSelecting(before, target.metadata.namespace, hash).filter(
      (service) => !isIdleSide(rollout, service.metadata.name),
    );
    return pointing.map((service) => ({
      object: named(service),
      message: `still selects ${hash} whose ReplicaSet ${target.metadata.name} goes to zero while ${others[0]?.metadata.name} is ready`,
    }));
  },
);

/** S13: a selector's hash names a revision that exists. */
export const SELECTOR_NAMES_REVISION = stateless(
  'S13',
  'the hash in a Service selector is never empty and names an existing ReplicaSet',
  (step) => {
    const { before, after, write } = step;
    if (isServiceWrite(step) && write.after !== undefined) {
      const selector = selectorOf(write.after);
      const hash = selector[POD_TEMPLATE_HASH];
      if (Object.keys(selector).length === 0) return [{ object: named(write.after), message: 'the selector is empty' }];
      if (hash === undefined) return [];
      const known = after
        .objects(REPLICA_SET)
        .some((replicaSet) => replicaSet.metadata.namespace === write.after?.metadata.namespace && hashOf(replicaSet) === hash);
      return hash !== '' && known
        ? []
        : [{ object: named(write.after), message: `the selector names '${hash}', of which there is no ReplicaSet` }];
    }
    const target = write.before;
    const removed = write.after === undefined || write.after.metadata.deletionTimestamp !== undefined;
    if (!write.byController || kindKey(write.request.kind) !== kindKey(REPLICA_SET) || target === undefined || !removed) return [];
    return servicesSelecting(before, target.metadata.namespace, hashOf(target) ?? '').map((service) => ({
      object: named(service),
      message: `selects ${hashOf(target)}, whose ReplicaSet ${target.metadata.name} was deleted`,
    }));
  },
);

/** S11, L7: a selector does not go from one revision to another and back while nothing was decided in between. */
export const SELECTORS_DO_NOT_FLAP: Invariant = {
  id: 'S11',
  says: 'a selector never goes there and back within one transition',
  create() {
    const past = new Map<string, { readonly decision: string; readonly left: Set<string>; readonly turnedFor: Set<string> }>();
    return (step) => {
      const findings: Finding[] = [];
      const { write } = step;
      if (!isServiceWrite(step) || write.before === undefined || write.after === undefined) return findings;
      const [from, to] = [selectorOf(write.before)[POD_TEMPLATE_HASH] ?? '', selectorOf(write.after)[POD_TEMPLATE_HASH] ?? ''];
      if (from === to) return findings;
      const key = named(write.after);
      const decision = decisions(step.after, write.after.metadata.namespace);
      const known = past.get(key);
      const left = known?.decision === decision ? known.left : new Set<string>();
      const turnedFor = known?.turnedFor ?? new Set<string>();
      if (left.has(to)) {
        const asked = unhandled(step.before, write.after.metadata.namespace).find((request) => !turnedFor.has(request));
        if (asked === undefined)
          findings.push({
            object: key,
            message: `the selector returns to ${to === '' ? 'no hash' : to}, which it left within the same transition`,
          });
        else {
          turnedFor.add(asked);
          left.clear();
        }
      }
      left.add(from);
      past.set(key, { decision, left, turnedFor });
      return findings;
    };
  },
};

/** What was asked of the Rollouts of a namespace and is not handled. The controller may read it after a write that it would not have made then: it turns back once for it. */
function unhandled(view: WorldView, namespace: string | undefined): readonly string[] {
  return view.objects(ROLLOUT).flatMap((object) => {
    const rollout = viewRollout(object);
    if (rollout === undefined || rollout.metadata.namespace !== namespace) return [];
    const { lastHandledAbort, lastHandledRequest } = rollout.status;
    const { [ABORT]: abort = lastHandledAbort, [REQUEST]: request = lastHandledRequest } = rollout.metadata.annotations ?? {};
    return [
      ...(abort === lastHandledAbort ? [] : [`${rollout.metadata.name}: abort ${abort}`]),
      ...(request === lastHandledRequest ? [] : [`${rollout.metadata.name}: ${request}`]),
    ];
  });
}

/** What the Rollouts of a namespace are about: as long as it stays, every selector has one right value. The facts count as well as what status made of them: traffic moves before status says why. */
function decisions(view: WorldView, namespace: string | undefined): string {
  const rollouts = view.objects(ROLLOUT).flatMap((object) => viewRollout(object) ?? []);
  return JSON.stringify(
    rollouts
      .filter((rollout) => rollout.metadata.namespace === namespace)
      .map(({ metadata, status }) => [
        metadata.name,
        metadata.generation,
        metadata.annotations?.[REQUEST],
        metadata.annotations?.[ABORT],
        status.currentPodHash,
        status.stableRS,
        status.abort ?? false,
        status.promoteFull ?? false,
        status.conditions?.some(({ reason }) => /^(Progress|Release)DeadlineExceeded$/.test(reason)) ?? false,
        runsOf(view, namespace, status.currentPodHash ?? '').filter(({ phase }) => phase === 'Failed').length,
      ]),
  );
}
