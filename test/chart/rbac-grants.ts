import { z } from 'zod';
import { OWN_KINDS } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { SimRequest, SimUser } from '../../src/sim/cluster/sim-types.ts';

const ruleSchema = z.strictObject({
  apiGroups: z.array(z.string()).min(1),
  resources: z.array(z.string()).min(1),
  resourceNames: z.array(z.string()).min(1).optional(),
  verbs: z.array(z.string()).min(1),
});
const roleSchema = z.object({ rules: z.array(ruleSchema) });
const bindingSchema = z.object({
  roleRef: z.object({ kind: z.enum(['Role', 'ClusterRole']), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })),
});

export type Rule = z.infer<typeof ruleSchema>;

/** The rules of a rendered Role or ClusterRole. */
export function rulesOf(role: KubeObject): readonly Rule[] {
  return roleSchema.parse(role).rules;
}

/** `apps/replicasets patch`; the core group has no name. */
export function callText(group: string, resource: string, verb: string): string {
  return `${group === '' ? '' : `${group}/`}${resource} ${verb}`;
}

/** The Roles and ClusterRoles that are bound to this service account. */
export function boundRoles(
  objects: readonly KubeObject[],
  account: { readonly namespace: string; readonly name: string },
): readonly KubeObject[] {
  const bindings = objects.filter((object) => object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding');
  return bindings.flatMap((binding) => {
    const { roleRef, subjects } = bindingSchema.parse(binding);
    const bound = subjects.some(
      ({ kind, name, namespace }) => kind === 'ServiceAccount' && name === account.name && namespace === account.namespace,
    );
    const here = (role: KubeObject): boolean => roleRef.kind === 'ClusterRole' || role.metadata.namespace === binding.metadata.namespace;
    return bound ? objects.filter((role) => role.kind === roleRef.kind && role.metadata.name === roleRef.name && here(role)) : [];
  });
}

/** Every call that these roles allow, one text each. */
export function grantsOf(roles: readonly KubeObject[]): ReadonlySet<string> {
  const calls = roles
    .flatMap(rulesOf)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => callText(group, resource, verb)))),
    );
  return new Set(calls);
}

/** What a request needs beside itself: OwnerReferencesPermissionEnforcement asks for `finalizers` of an owner whose deletion is blocked. */
function forOwners(body: KubeObject | undefined): readonly string[] {
  return (body?.metadata?.ownerReferences ?? [])
    .filter((owner) => owner.blockOwnerDeletion === true)
    .flatMap((owner) => OWN_KINDS.filter((kind) => kind.kind === owner.kind))
    .map((kind) => callText(kind.group, `${kind.plural}/finalizers`, 'update'));
}

/** What RBAC is asked when `user` sends this request, as itself or in somebody's name; empty for requests of others. */
export function callsOf(request: SimRequest, user: SimUser): readonly string[] {
  if (request.impersonator?.name === user.name) {
    const subject = request.user.name.startsWith('system:serviceaccount:') ? 'serviceaccounts' : 'users';
    return [subject, ...(request.impersonatedGroups ?? []).map(() => 'groups')].map((resource) => callText('', resource, 'impersonate'));
  }
  if (request.user.name !== user.name) return [];
  const { kind, subresource, verb, body } = request;
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  return [callText(kind.group, resource, verb), ...forOwners(body)];
}
