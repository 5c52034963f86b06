/** Where the parts listen. The lab has a network namespace of its own, so they never collide with anything else, another lab included. */
export const ADDRESSES = {
  etcd: 'http://127.0.0.1:2379',
  etcdPeer: 'http://127.0.0.1:2380',
  apiServer: 'https://127.0.0.1:6443',
  kwok: '127.0.0.1:10247',
  /** Every pod's counters as JSON, for tests without Prometheus. */
  pods: 'http://127.0.0.1:8079',
  gateway: 'http://127.0.0.1:8000',
  traefik: 'http://127.0.0.1:8082',
  prometheus: 'http://127.0.0.1:9090',
  git: 'https://127.0.0.1:3000',
} as const;

/** Addresses of pods; the namespace routes all of them to itself. */
export const POD_NETWORK = '10.64.0.0/12';
export const SERVICE_NETWORK = '10.96.0.0/16';
/** The lab's Git server asks for these. */
export const GIT_USER = { name: 'sluice', password: 'lab-only' } as const;
/** Member of system:masters. */
export const ADMIN_TOKEN = 'lab-admin';

/** The port of one of the addresses above. */
export function portOf(address: string): number {
  return Number(new URL(address).port);
}
