import { ENDPOINT_SLICE, HTTP_ROUTE, POD } from '../../api/kinds.ts';
import { viewGatewayRoute } from '../router/gateway-route.ts';
import { readyByHash } from '../router/traffic.ts';
import { type Finding, type Step, stateless } from './invariant.ts';
import { kindKey, named, type WorldView } from './world-view.ts';

interface RuleChange {
  readonly object: string;
  readonly namespace: string;
  readonly before: readonly { readonly name: string; readonly weight: number }[];
  readonly after: readonly { readonly name: string; readonly weight: number }[];
}

function changesOf({ write }: Step): readonly RuleChange[] {
  if (!write.byController || kindKey(write.request.kind) !== kindKey(HTTP_ROUTE)) return [];
  if (write.before === undefined || write.after === undefined) return [];
  const [before, after] = [viewGatewayRoute(write.before), viewGatewayRoute(write.after)];
  if (before === undefined || after === undefined) return [];
  return after.spec.rules.flatMap((rule, index): RuleChange[] => {
    const previous = before.spec.rules[index]?.backendRefs ?? [];
    if (JSON.stringify(previous) === JSON.stringify(rule.backendRefs)) return [];
    return [{ object: named(after), namespace: after.metadata.namespace ?? '', before: previous, after: rule.backendRefs }];
  });
}

function sum(backends: readonly { readonly weight: number }[]): number {
  return backends.reduce((total, backend) => total + backend.weight, 0);
}

/** S1: weights add up. */
export const WEIGHTS_ADD_UP = stateless('S1', 'the weights of a managed rule always add up to the same sum', (step) =>
  changesOf(step)
    .filter((change) => sum(change.before) !== sum(change.after))
    .map((change) => ({
      object: change.object,
      message: `the weights of a rule added up to ${sum(change.before)} and now to ${sum(change.after)}`,
    })),
);

function ready(view: WorldView, namespace: string, service: string): number {
  const counts = readyByHash(`${namespace}/${service}`, { slices: view.objects(ENDPOINT_SLICE), pods: view.objects(POD) });
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** S2: weight goes only where somebody answers. */
export const WEIGHT_FOLLOWS_ENDPOINTS = stateless(
  'S2',
  'no weight is raised on a backend without ready endpoints while another one has some',
  (step) =>
    changesOf(step).flatMap((change): Finding[] => {
      const others = change.after.some((backend) => ready(step.before, change.namespace, backend.name) > 0);
      return change.after
        .filter((backend) => backend.weight > (change.before.find((previous) => previous.name === backend.name)?.weight ?? 0))
        .filter((backend) => others && ready(step.before, change.namespace, backend.name) === 0)
        .map((backend) => ({ object: change.object, message: `${backend.name} gets weight ${backend.weight} and has no ready endpoint` }));
    }),
);
