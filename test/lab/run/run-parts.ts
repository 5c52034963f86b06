interface RunPartFacts {
  /** Core parts come up when none is named. */
  readonly group: 'core' | 'heavy';
  /** The parts that must run before it. */
  readonly needs: readonly string[];
  /** What of the cache it starts. */
  readonly binaries: readonly string[];
  readonly about: string;
}

/** What a lab consists of. */
export const RUN_PARTS = {
  etcd: { group: 'core', needs: [], binaries: ['etcd'], about: 'the store of the API server' },
  apiserver: { group: 'core', needs: ['etcd'], binaries: ['kube-apiserver'], about: 'a real Kubernetes API server' },
  controllers: {
    group: 'core',
    needs: ['apiserver'],
    binaries: ['kube-controller-manager'],
    about: 'ReplicaSets, EndpointSlices, garbage collection, service accounts',
  },
  scheduler: { group: 'core', needs: ['apiserver'], binaries: ['kube-scheduler'], about: 'places pods on the nodes' },
  kwok: { group: 'core', needs: ['controllers', 'scheduler'], binaries: ['kwok'], about: 'nodes and the life of pods, by stages/*.yaml' },
  pods: { group: 'core', needs: ['kwok'], binaries: [], about: 'answers for every pod, by its annotations' },
  traefik: { group: 'core', needs: ['pods'], binaries: ['traefik'], about: 'a gateway over the Gateway API' },
  prometheus: { group: 'core', needs: ['pods'], binaries: ['prometheus'], about: 'scrapes every pod each second' },
  git: { group: 'core', needs: ['apiserver'], binaries: [], about: 'Git over HTTPS with basic auth' },
  sshd: { group: 'core', needs: [], binaries: ['sshd'], about: 'the same repositories over SSH' },
  contour: { group: 'heavy', needs: ['pods'], binaries: ['contour'], about: "Contour's control plane over HTTPProxy" },
  envoy: { group: 'heavy', needs: ['contour'], binaries: ['envoy'], about: 'the Envoy that Contour steers' },
  gitea: {
    group: 'heavy',
    needs: ['apiserver'],
    binaries: ['gitea'],
    about: 'a forge: tokens, protected branches, pull requests, webhooks',
  },
  'source-controller': { group: 'heavy', needs: ['controllers', 'git'], binaries: ['source-controller'], about: 'Flux: fetches from Git' },
  'kustomize-controller': {
    group: 'heavy',
    needs: ['source-controller'],
    binaries: ['kustomize-controller'],
    about: 'Flux: applies what was fetched',
  },
  redis: { group: 'heavy', needs: [], binaries: ['redis-server'], about: "Argo CD's cache" },
  'argocd-repo-server': { group: 'heavy', needs: ['redis', 'git'], binaries: ['argocd'], about: 'Argo CD: reads repositories' },
  'argocd-application-controller': {
    group: 'heavy',
    needs: ['argocd-repo-server', 'controllers'],
    binaries: ['argocd'],
    about: 'Argo CD: applies what was read',
  },
} as const satisfies Record<string, RunPartFacts>;

export type RunPart = keyof typeof RUN_PARTS;

/** Every part of the lab. */
export const ALL_RUN_PARTS = Object.keys(RUN_PARTS) as [RunPart, ...RunPart[]];

function partsMeant(word: string): readonly RunPart[] {
  return ALL_RUN_PARTS.filter((part) => part === word || RUN_PARTS[part].group === word || word === 'all');
}

/** The named parts and what they need, each after what it needs; `core`, `heavy` and `all` name many; the core when none is named. Undefined for an unknown name. */
export function withNeeds(words: readonly string[]): readonly RunPart[] | undefined {
  const wanted = words.length === 0 ? ['core'] : words;
  const ordered = new Set<RunPart>();
  const add = (part: RunPart): void => {
    for (const need of RUN_PARTS[part].needs) add(need);
    ordered.add(part);
  };
  for (const word of wanted) {
    const meant = partsMeant(word);
    if (meant.length === 0) return undefined;
    meant.forEach(add);
  }
  return [...ordered];
}
