import type { KubeObject } from '../../api/metadata.ts';
import { isObject, valueAt } from '../cluster/json.ts';
import { AGE, type Column, shortAge } from './column.ts';

function at(object: KubeObject, path: string): unknown {
  return valueAt(object, path.split('.'));
}

function shown(value: unknown, fallback = ''): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : fallback;
}

function field(name: string, path: string, type = 'string', fallback: unknown = ''): Column {
  return { name, type, cell: (object) => at(object, path) ?? fallback };
}

function size(name: string, path: string): Column {
  return {
    name,
    type: 'string',
    cell(object) {
      const value = at(object, path);
      return String(Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0);
    },
  };
}

function statuses(object: KubeObject): readonly Record<string, unknown>[] {
  const list = at(object, 'status.containerStatuses');
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function podReady(object: KubeObject): string {
  const containers = at(object, 'spec.containers');
  const all = Array.isArray(containers) ? containers.length : 0;
  return `${statuses(object).filter((status) => status['ready'] === true).length}/${all}`;
}

function podStatus(object: KubeObject): unknown {
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const status of statuses(object)) {
    for (const state of ['waiting', 'terminated']) {
      const reason = valueAt(status, ['state', state, 'reason']);
      if (typeof reason === 'string') return reason;
    }
  }
  return at(object, 'status.reason') ?? at(object, 'status.phase') ?? 'Unknown';
}

function restarts(object: KubeObject): string {
  return String(
    statuses(object).reduce((sum, status) => sum + (typeof status['restartCount'] === 'number' ? status['restartCount'] : 0), 0),
  );
}

function servicePorts(object: KubeObject): string {
  const ports = at(object, 'spec.ports');
  if (!Array.isArray(ports)) return '<none>';
  return ports
    .filter(isObject)
    .map((port) => `${String(port['port'])}/${shown(port['protocol'], 'TCP')}`)
    .join(',');
}

function endpointAddresses(object: KubeObject): string {
  const endpoints = at(object, 'endpoints');
  if (!Array.isArray(endpoints)) return '<unset>';
  return (
    endpoints
      .filter(isObject)
      .flatMap((endpoint) => (Array.isArray(endpoint['addresses']) ? endpoint['addresses'] : []))
      .join(',') || '<unset>'
  );
}

const REPLICAS: readonly Column[] = [
  field('Desired', 'spec.replicas', 'integer', 0),
  field('Current', 'status.replicas', 'integer', 0),
  field('Ready', 'status.readyReplicas', 'integer', 0),
  AGE,
];

const ROLE_REF: Column = {
  name: 'Role',
  type: 'string',
  cell: (object) => `${String(at(object, 'roleRef.kind'))}/${String(at(object, 'roleRef.name'))}`,
};
const CREATED: Column = { name: 'Created At', type: 'date', cell: (object) => object.metadata.creationTimestamp ?? '' };

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    { name: 'Ready', type: 'string', cell: podReady },
    { name: 'Status', type: 'string', cell: podStatus },
    { name: 'Restarts', type: 'string', cell: restarts },
    AGE,
  ],
  replicasets: REPLICAS,
  deployments: [
    {
      name: 'Ready',
      type: 'string',
      cell: (object) => `${shown(at(object, 'status.readyReplicas'), '0')}/${shown(at(object, 'spec.replicas'), '0')}`,
    },
    field('Up-to-date', 'status.updatedReplicas', 'integer', 0),
    field('Available', 'status.availableReplicas', 'integer', 0),
    AGE,
  ],
  services: [
    field('Type', 'spec.type'),
    field('Cluster-IP', 'spec.clusterIP', 'string', '<none>'),
    { name: 'External-IP', type: 'string', cell: () => '<none>' },
    { name: 'Port(s)', type: 'string', cell: servicePorts },
    AGE,
  ],
  configmaps: [size('Data', 'data'), AGE],
  secrets: [field('Type', 'type'), size('Data', 'data'), AGE],
  serviceaccounts: [AGE],
  namespaces: [field('Status', 'status.phase'), AGE],
  leases: [field('Holder', 'spec.holderIdentity'), AGE],
  endpointslices: [field('AddressType', 'addressType'), { name: 'Endpoints', type: 'string', cell: endpointAddresses }, AGE],
  events: [
    { name: 'Last Seen', type: 'string', cell: lastSeen },
    field('Type', 'type'),
    field('Reason', 'reason'),
    {
      name: 'Object',
      type: 'string',
      cell: (object) => `${shown(at(object, 'regarding.kind')).toLowerCase()}/${shown(at(object, 'regarding.name'))}`,
    },
    field('Message', 'note'),
  ],
  roles: [CREATED],
  clusterroles: [CREATED],
  rolebindings: [ROLE_REF, AGE],
  clusterrolebindings: [ROLE_REF, AGE],
  customresourcedefinitions: [CREATED],
};

function lastSeen(object: KubeObject, now: Parameters<Column['cell']>[1]): string {
  const time = at(object, 'series.lastObservedTime') ?? at(object, 'deprecatedLastTimestamp') ?? at(object, 'eventTime');
  return shortAge(typeof time === 'string' ? time : undefined, now);
}

/** The columns that kubectl shows of a built-in kind, after the name. */
export function builtInColumns(plural: string): readonly Column[] | undefined {
  return COLUMNS[plural];
}
