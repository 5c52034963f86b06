import type { z } from 'zod';
import { formatProblem } from '../../api/field-problem.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { zodProblem } from '../../api/zod-problem.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { RouterObjects, RouteWrite, SeenRoute } from '../../ports/traffic-router.ts';
import { found, type Result, type Trouble, trouble } from './result.ts';

/** One object of a router: as the API server sent it, and the part that the router reads. */
export interface RouterObject<View> {
  readonly kind: ResourceKind;
  readonly raw: KubeObject;
  readonly view: View;
}

/** Finds and parses the object `name` of a kind; `field` is the place of the Rollout that names it. */
export function findObject<View>(
  objects: RouterObjects,
  kind: ResourceKind,
  schema: z.ZodType<View>,
  name: string,
  field: string,
): Result<RouterObject<View>> {
  const problem = unserved(objects, kind);
  if (problem !== undefined) return problem;
  const raw = objects.get(kind, name);
  if (raw === undefined) {
    return trouble('RouteNotFound', `${field}: there is no ${kind.kind} ${name} in this namespace; create it, or name one that exists`);
  }
  const parsed = schema.safeParse(raw, { reportInput: true });
  if (parsed.success) return found({ kind, raw, view: parsed.data });
  const problems = parsed.error.issues.map((issue) => formatProblem(zodProblem(issue)));
  return trouble('RouteInvalid', `${kind.kind} ${name}: ${problems.join('; ')}`);
}

/** Why nothing of this kind can be read now; undefined when it can. */
export function unserved(objects: RouterObjects, kind: ResourceKind): Trouble | undefined {
  switch (objects.availability(kind)) {
    case 'Served':
      return undefined;
    case 'Syncing':
      return trouble('RouterNotReady', `${kind.plural}.${kind.group} are still being read`);
    case 'Missing': {
      const api = `${kind.plural}.${kind.group} ${kind.version}`;
      return trouble(
        'RouterMissing',
        `the cluster does not serve ${api}: install the CRDs of the router, and let this controller list them`,
      );
    }
  }
}

/** Those of these objects that are there, as a decision depends on them. */
export function seenRoutes(
  named: readonly { readonly kind: ResourceKind; readonly name: string }[],
  objects: RouterObjects,
): readonly SeenRoute[] {
  return named.flatMap(({ kind, name }) => {
    const metadata = objects.get(kind, name)?.metadata;
    if (metadata === undefined) return [];
    return [{ kind, name, uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' }];
  });
}

/** The write that replaces an object, none when it is the one that was read. */
export function updateOf({ kind, raw }: Pick<RouterObject<unknown>, 'kind' | 'raw'>, object: KubeObject): readonly RouteWrite[] {
  return object === raw ? [] : [{ type: 'update', kind, object }];
}
