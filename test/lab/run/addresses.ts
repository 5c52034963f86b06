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
  sshd: 'tcp://127.0.0.1:3022',
  /** The gateway of Contour: Envoy. */
  envoy: 'http://127.0.0.1:8001',
  envoyStats: 'http://127.0.0.1:8904',
  contour: 'http://127.0.0.1:8903',
  contourXds: 'tcp://127.0.0.1:8901',
  gitea: 'https://127.0.0.1:3001',
  fluxArtifacts: 'http://127.0.0.1:9790',
  fluxSource: 'http://127.0.0.1:9440',
  fluxKustomize: 'http://127.0.0.1:9441',
  redis: 'tcp://127.0.0.1:6379',
  argoRepository: 'tcp://127.0.0.1:8181',
  argoRepositoryMetrics: 'http://127.0.0.1:8184',
  argoApplications: 'http://127.0.0.1:8182',
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
