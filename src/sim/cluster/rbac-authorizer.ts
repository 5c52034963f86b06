import type { KubeObject } from '../../api/metadata.ts';
import { qualified } from './api-error.ts';
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING } from './built-in-kinds.ts';
import { isObject } from './json.ts';
import type { Authorize, SimCluster, SimRequest, SimUser } from './sim-types.ts';

/** What is asked for, in RBAC's words. */
interface Attributes {
  readonly user: SimUser;
  readonly verb: string;
  readonly group: string;
  /** `pods`, or `pods/status`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/u;

/** The groups that every service account is in. */
function groupsOf(user: SimUser): readonly string[] {
  const match = SERVICE_ACCOUNT.exec(user.name);
  return match === null
    ? user.groups
    : [...user.groups, 'system:serviceaccounts', `system:serviceaccounts:${match[1]}`, 'system:authenticated'];
}

function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function isSubject(subject: Readonly<Record<string, unknown>>, user: SimUser, bindingNamespace: string | undefined): boolean {
  const { kind, name, namespace = bindingNamespace } = subject;
  if (kind === 'User') return name === user.name;
  if (kind === 'Group') return typeof name === 'string' && groupsOf(user).includes(name);
  return kind === 'ServiceAccount' && user.name === `system:serviceaccount:${String(namespace)}:${String(name)}`;
}

function matchesResource(allowed: readonly string[], resource: string): boolean {
  const [, subresource] = resource.split('/');
  return allowed.includes('*') || allowed.includes(resource) || (subresource !== undefined && allowed.includes(`*/${subresource}`));
}

function ruleAllows(rule: Readonly<Record<string, unknown>>, asked: Attributes): boolean {
  const verbs = texts(rule['verbs']);
  const groups = texts(rule['apiGroups']);
  const names = texts(rule['resourceNames']);
  return (
    (verbs.includes('*') || verbs.includes(asked.verb)) &&
    (groups.includes('*') || groups.includes(asked.group)) &&
    matchesResource(texts(rule['resources']), asked.resource) &&
    (names.length === 0 || (asked.name !== undefined && names.includes(asked.name)))
  );
}

function roleOf(cluster: SimCluster, binding: KubeObject): KubeObject | undefined {
  const reference = binding['roleRef'];
  if (!isObject(reference)) return undefined;
  const { kind, name } = reference;
  if (kind === 'ClusterRole') return cluster.snapshot(CLUSTER_ROLE).find((role) => role.metadata.name === name);
  return cluster.snapshot(ROLE).find((role) => role.metadata.name === name && role.metadata.namespace === binding.metadata.namespace);
}

function allows(cluster: SimCluster, asked: Attributes): boolean {
  if (groupsOf(asked.user).includes('system:masters')) return true;
  const local = cluster.snapshot(ROLE_BINDING).filter((binding) => binding.metadata.namespace === asked.namespace);
  return [...cluster.snapshot(CLUSTER_ROLE_BINDING), ...local].some(
    (binding) =>
      objects(binding['subjects']).some((subject) => isSubject(subject, asked.user, binding.metadata.namespace)) &&
      objects(roleOf(cluster, binding)?.['rules']).some((rule) => ruleAllows(rule, asked)),
  );
}

function refusal(asked: Attributes): string {
  const [plural = ''] = asked.resource.split('/');
  const where = asked.namespace === undefined ? 'at the cluster scope' : `in the namespace "${asked.namespace}"`;
  const what = `${qualified(plural, asked.group)}${asked.name === undefined ? '' : ` "${asked.name}"`}`;
  return `${what} is forbidden: User "${asked.user.name}" cannot ${asked.verb} resource "${asked.resource}" in API group "${asked.group}" ${where}`;
}

/** Impersonation needs the verb `impersonate` on the service account (or user) and on every group that is asked for. */
function impersonations(request: SimRequest): readonly Attributes[] {
  const { impersonator: user, impersonatedGroups = [] } = request;
  if (user === undefined) return [];
  const account = SERVICE_ACCOUNT.exec(request.user.name);
  const common = { user, verb: 'impersonate', group: '' };
  const subject: Attributes =
    account === null
      ? { ...common, resource: 'users', namespace: undefined, name: request.user.name }
      : { ...common, resource: 'serviceaccounts', namespace: account[1], name: account[2] };
  return [subject, ...impersonatedGroups.map((name) => ({ ...common, resource: 'groups', namespace: undefined, name }))];
}

function attributesOf(request: SimRequest, verb: string): Attributes {
  const { kind, subresource } = request;
  return {
    user: request.user,
    verb,
    group: kind.group,
    resource: subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`,
    // A namespace itself is asked for in its own namespace, as the real server does.
    namespace: kind.plural === 'namespaces' && kind.group === '' ? request.name : request.namespace,
    name: request.name,
  };
}

/** An apply that finds nothing creates, and needs the right to. */
function createsByApply(cluster: SimCluster, request: SimRequest): boolean {
  if (request.patchType !== 'apply') return false;
  return !cluster
    .snapshot(request.kind)
    .some((object) => object.metadata.name === request.name && object.metadata.namespace === request.namespace);
}

/** Decides by the Roles, ClusterRoles and bindings stored in the cluster; members of system:masters may do everything. */
export function createRbacAuthorizer(cluster: SimCluster): Authorize {
  return (request) => {
    const review = request.kind.plural === 'selfsubjectaccessreviews';
    const asked = [
      ...impersonations(request),
      ...(review ? [] : [attributesOf(request, request.verb)]),
      ...(createsByApply(cluster, request) ? [attributesOf(request, 'create')] : []),
    ];
    const refused = asked.find((attributes) => !allows(cluster, attributes));
    return refused === undefined ? undefined : refusal(refused);
  };
}
