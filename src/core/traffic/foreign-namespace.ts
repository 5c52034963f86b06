import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout } from '../../api/rollout.ts';
import { problemAt } from '../lint/problem-at.ts';

/** What a plugin of Argo's routes by, as people say it. */
interface Routes {
  readonly one: string;
  readonly many: string;
}

/** Argo's plugins name a namespace; here it can only be the Rollout's own (M4). */
export function foreignNamespace(
  rollout: Rollout,
  at: string,
  namespace: string | undefined,
  { one, many }: Routes,
): readonly FieldProblem[] {
  const own = rollout.metadata.namespace;
  if (namespace === undefined || namespace === '' || own === undefined || namespace === own) return [];
  const problem = `is not the namespace of the Rollout (${own}): a Rollout writes ${many} of its own namespace only`;
  return [problemAt(`${at}.namespace`, namespace, problem, `remove it, and keep the ${one} in the namespace of the Rollout`)];
}
