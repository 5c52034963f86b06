import type { FieldProblem } from '../../api/field-problem.ts';
import { ANNOTATION_MAPS, DEFAULT_ANNOTATION_PREFIX, WRITTEN_ANNOTATIONS } from '../../api/nginx-routing.ts';
import type { CanaryStrategy } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

const AT = 'spec.strategy.canary.trafficRouting.nginx';

type Nginx = NonNullable<NonNullable<CanaryStrategy['trafficRouting']>['nginx']>;

/** As the API server takes the key of an annotation: a DNS name and a /, if any, and up to 63 characters. */
const ANNOTATION_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** The rules of `trafficRouting.nginx` (argo-rollouts 1.5). */
export function lintNginx(canary: CanaryStrategy): readonly FieldProblem[] {
  const nginx = canary.trafficRouting?.nginx;
  if (nginx === undefined) return [];
  return [...lintForm(nginx), ...namedTwice(nginx.stableIngresses ?? []), ...lintAnnotations(nginx)];
}

function lintForm({ stableIngress, stableIngresses }: Nginx): readonly FieldProblem[] {
  if (stableIngress === undefined && stableIngresses === undefined) {
    return [problemAt(AT, undefined, 'names no Ingress', 'set stableIngress, or stableIngresses for several')];
  }
  if (stableIngress === undefined || stableIngresses === undefined) return [];
  return [
    problemAt(`${AT}.stableIngresses`, stableIngresses, 'stands beside stableIngress', 'keep one of them: stableIngresses takes several'),
  ];
}

function namedTwice(names: readonly string[]): readonly FieldProblem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [problemAt(`${AT}.stableIngresses[${index}]`, name, 'is named twice', 'remove the second one')],
  );
}

function lintAnnotations(nginx: Nginx): readonly FieldProblem[] {
  const prefix = nginx.annotationPrefix ?? DEFAULT_ANNOTATION_PREFIX;
  return ANNOTATION_MAPS.flatMap((map) =>
    Object.entries(nginx[map] ?? {}).flatMap(([key, value]): readonly FieldProblem[] => {
      const at = `${AT}.${map}[${key}]`;
      const prefixed = map === 'canaryIngressAnnotations' || key.startsWith(`${prefix}/`) ? key : `${prefix}/${key}`;
      if (WRITTEN_ANNOTATIONS.some((name) => key === name || key.endsWith(`/${name}`))) {
        return [problemAt(at, value, 'is written by the steps', 'remove it: setWeight sets the share')];
      }
      if (ANNOTATION_KEY.test(prefixed)) return [];
      return [
        problemAt(
          at,
          value,
          `would be the annotation ${prefixed}, which is no key of an annotation`,
          'write a key such as canary-by-header',
        ),
      ];
    }),
  );
}
