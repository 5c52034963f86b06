import type { FieldProblem } from '../../api/field-problem.ts';
import type { IstioRouting, IstioVirtualService } from '../../api/istio-routing.ts';
import type { CanaryStrategy } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

const AT = 'spec.strategy.canary.trafficRouting.istio';

/** The rules of `trafficRouting.istio` (argo-rollouts 1.5, 1.10). */
export function lintIstio(canary: CanaryStrategy): readonly FieldProblem[] {
  const istio = canary.trafficRouting?.istio;
  if (istio === undefined) return [];
  const managed = (canary.trafficRouting?.managedRoutes ?? []).map((route) => route.name);
  const services = [
    ...(istio.virtualService === undefined ? [] : [{ at: `${AT}.virtualService`, service: istio.virtualService }]),
    ...(istio.virtualServices ?? []).map((service, index) => ({ at: `${AT}.virtualServices[${index}]`, service })),
  ];
  return [
    ...lintForm(istio),
    ...namedTwice(istio.virtualServices ?? []),
    ...services.flatMap(({ at, service }) => [...managedRoutes(at, service, managed), ...emptyTlsRoutes(at, service)]),
    ...lintSubsets(istio.destinationRule),
  ];
}

function lintForm({ virtualService, virtualServices }: IstioRouting): readonly FieldProblem[] {
  if (virtualService === undefined && virtualServices === undefined) {
    return [problemAt(AT, undefined, 'names no VirtualService', 'set virtualService, or virtualServices for several')];
  }
  if (virtualService === undefined || virtualServices === undefined) return [];
  return [problemAt(`${AT}.virtualServices`, undefined, 'stands beside virtualService', 'keep one of them: virtualServices takes several')];
}

function namedTwice(services: readonly IstioVirtualService[]): readonly FieldProblem[] {
  const names = services.map((service) => service.name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [problemAt(`${AT}.virtualServices[${index}].name`, name, 'is named twice', 'name its routes in one entry')],
  );
}

function managedRoutes(at: string, service: IstioVirtualService, managed: readonly string[]): readonly FieldProblem[] {
  return (service.routes ?? []).flatMap((name, index) =>
    managed.includes(name)
      ? [
          problemAt(
            `${at}.routes[${index}]`,
            name,
            'is one of managedRoutes, which steps make and remove',
            'remove it here: it cannot share the traffic itself',
          ),
        ]
      : [],
  );
}

function emptyTlsRoutes(at: string, service: IstioVirtualService): readonly FieldProblem[] {
  return (service.tlsRoutes ?? []).flatMap((route, index) =>
    route.port === undefined && (route.sniHosts ?? []).length === 0
      ? [problemAt(`${at}.tlsRoutes[${index}]`, route, 'says neither port nor sniHosts', 'write what its match in the VirtualService says')]
      : [],
  );
}

function lintSubsets(rule: IstioRouting['destinationRule']): readonly FieldProblem[] {
  if (rule === undefined || rule.canarySubsetName !== rule.stableSubsetName) return [];
  const at = `${AT}.destinationRule.canarySubsetName`;
  return [problemAt(at, rule.canarySubsetName, 'is the same as stableSubsetName', 'name two subsets')];
}
