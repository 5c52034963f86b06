/** One thing that the lab runs and Go builds. */
export interface BinaryPart {
  readonly name: string;
  /** Folder of `modules/` whose go.mod pins it. */
  readonly module: 'control-plane' | 'traefik' | 'prometheus';
  readonly package: string;
  readonly tags?: string;
  /** Seconds of a cold build on two cores, each with the parts before it built: for the estimate only. */
  readonly coldSeconds: number;
}

/** Every binary of the lab, in the order in which the build caches profit most. */
export const BINARY_PARTS: readonly BinaryPart[] = [
  { name: 'etcd', module: 'control-plane', package: 'go.etcd.io/etcd/server/v3', coldSeconds: 70 },
  { name: 'kube-apiserver', module: 'control-plane', package: 'k8s.io/kubernetes/cmd/kube-apiserver', coldSeconds: 220 },
  { name: 'kube-controller-manager', module: 'control-plane', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', coldSeconds: 90 },
  { name: 'kube-scheduler', module: 'control-plane', package: 'k8s.io/kubernetes/cmd/kube-scheduler', coldSeconds: 40 },
  { name: 'kwok', module: 'control-plane', package: 'sigs.k8s.io/kwok/cmd/kwok', coldSeconds: 60 },
  { name: 'traefik', module: 'traefik', package: 'github.com/traefik/traefik/v3/cmd/traefik', coldSeconds: 270 },
  {
    name: 'prometheus',
    module: 'prometheus',
    package: 'github.com/prometheus/prometheus/cmd/prometheus',
    // Every other service discovery brings a cloud's SDK with it.
    tags: 'remove_all_sd,enable_kubernetes_sd',
    coldSeconds: 200,
  },
];

/** Parts that the words name: a binary, or a module for all of its binaries; all when there are no words. Undefined for an unknown word. */
export function choosePartsToBuild(words: readonly string[]): readonly BinaryPart[] | undefined {
  if (words.length === 0) return BINARY_PARTS;
  const known = (word: string): boolean => BINARY_PARTS.some((part) => part.name === word || part.module === word);
  if (!words.every(known)) return undefined;
  return BINARY_PARTS.filter((part) => words.includes(part.name) || words.includes(part.module));
}
