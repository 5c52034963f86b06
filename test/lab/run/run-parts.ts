/** What a lab consists of: each part with the parts that must run before it, and the binaries of the cache that it starts. */
export const RUN_PARTS = {
  etcd: { needs: [], binaries: ['etcd'], about: 'the store of the API server' },
  apiserver: { needs: ['etcd'], binaries: ['kube-apiserver'], about: 'a real Kubernetes API server' },
  controllers: {
    needs: ['apiserver'],
    binaries: ['kube-controller-manager'],
    about: 'ReplicaSets, EndpointSlices, garbage collection, service accounts',
  },
  scheduler: { needs: ['apiserver'], binaries: ['kube-scheduler'], about: 'places pods on the nodes' },
  kwok: { needs: ['controllers', 'scheduler'], binaries: ['kwok'], about: 'nodes and the life of pods, by stages/*.yaml' },
  pods: { needs: ['kwok'], binaries: [], about: 'answers for every pod, by its annotations' },
  traefik: { needs: ['pods'], binaries: ['traefik'], about: 'a gateway over the Gateway API' },
  prometheus: { needs: ['pods'], binaries: ['prometheus'], about: 'scrapes every pod each second' },
  git: { needs: ['apiserver'], binaries: [], about: 'Git over HTTPS with basic auth' },
} as const satisfies Record<string, { needs: readonly string[]; binaries: readonly string[]; about: string }>;

export type RunPart = keyof typeof RUN_PARTS;

function isRunPart(word: string): word is RunPart {
  return Object.hasOwn(RUN_PARTS, word);
}

/** The named parts and what they need, each after what it needs; all when none is named. Undefined for an unknown name. */
export function withNeeds(words: readonly string[]): readonly RunPart[] | undefined {
  const wanted = words.length === 0 ? Object.keys(RUN_PARTS) : words;
  const ordered = new Set<RunPart>();
  const add = (part: RunPart): void => {
    for (const need of RUN_PARTS[part].needs) add(need);
    ordered.add(part);
  };
  for (const word of wanted) {
    if (!isRunPart(word)) return undefined;
    add(word);
  }
  return [...ordered];
}
