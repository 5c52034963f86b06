import { parseDocument } from 'yaml';
import { CONFIG_MAP, POD, ROLLOUT } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { SimCluster } from '../sim/cluster/sim-cluster.ts';
import type { Developer } from './developer.ts';
import { NAMESPACE, SERVICE_NAME } from './manifests.ts';

/** One statement about the end of the story, and what was found. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  readonly found: string;
}

export interface ProofInput {
  readonly sim: SimCluster;
  readonly developer: Developer;
  /** Commits of the story. */
  readonly good: string;
  readonly bad: string;
  readonly unrelated: string;
}

const FILES = ['shop/rollout.yaml', 'shop/config.yaml'];

/** Checks the end of the story against the repository and the cluster themselves, not against what the controller says of them. */
export async function prove(input: ProofInput): Promise<readonly Claim[]> {
  const { developer, sim } = input;
  const history = await developer.log();
  const restores = history.filter((commit) => commit.message.includes('Sluice-Revert-Id:'));
  const subject = (restores[0]?.message ?? 'none').split('\n', 1)[0] ?? '';
  const banner = [await developer.read(input.unrelated, 'shop/banner.yaml'), await developer.read('main', 'shop/banner.yaml')];
  return [
    claim('there is exactly one restore commit', restores.length === 1, `${restores.length}: ${subject}`),
    claim(
      'it stands on top of the bad commit and the unrelated one',
      history[1]?.oid === input.unrelated && history[2]?.oid === input.bad,
      history
        .slice(0, 3)
        .map((commit) => commit.oid.slice(0, 7))
        .join(' <- '),
    ),
    ...(await Promise.all(FILES.map((file) => restored(developer, file, input)))),
    claim("the other team's commit is still there", banner[0] === banner[1], 'shop/banner.yaml is as they left it'),
    await gitEqualsCluster(developer, sim),
    ...reality(sim),
  ];
}

function claim(text: string, holds: boolean, found: string): Claim {
  return { claim: text, holds, found };
}

async function restored(developer: Developer, file: string, input: ProofInput): Promise<Claim> {
  const [good, bad, now] = [
    await developer.read(input.good, file),
    await developer.read(input.bad, file),
    await developer.read('main', file),
  ];
  return claim(
    `${file} in Git is the good release's, byte for byte`,
    now === good && bad !== good,
    now === good ? `as in ${input.good.slice(0, 7)}` : 'it differs',
  );
}

async function gitEqualsCluster(developer: Developer, sim: SimCluster): Promise<Claim> {
  const inGit = [
    imageOf(parse(await developer.read('main', 'shop/rollout.yaml'))),
    timeoutOf(parse(await developer.read('main', 'shop/config.yaml'))),
  ];
  const live = [imageOf(find(sim, 'Rollout')), timeoutOf(find(sim, 'ConfigMap'))];
  return claim(
    'Git and the cluster say the same',
    inGit.join() === live.join() && !inGit.includes('?'),
    `image ${live[0]}, PAYMENT_TIMEOUT ${live[1]}`,
  );
}

function reality(sim: SimCluster): readonly Claim[] {
  const pods = sim.snapshot(POD).filter((pod) => pod.metadata.namespace === NAMESPACE && pod.metadata.deletionTimestamp === undefined);
  const images = [...new Set(pods.map((pod) => imageIn(read(pod, 'spec'))))];
  const wanted = imageOf(find(sim, 'Rollout'));
  const phase = read(read(find(sim, 'Rollout'), 'status'), 'phase');
  return [
    claim(
      'what runs is what both say',
      images.length === 1 && images[0] === wanted && pods.length === 5,
      `${pods.length} Pods of ${images.join(', ')}`,
    ),
    claim('the Rollout is Healthy', phase === 'Healthy', textOf(phase)),
  ];
}

function find(sim: SimCluster, kind: 'Rollout' | 'ConfigMap'): KubeObject | undefined {
  const name = kind === 'Rollout' ? SERVICE_NAME : 'checkout-config';
  return sim
    .snapshot(kind === 'Rollout' ? ROLLOUT : CONFIG_MAP)
    .find((object) => object.metadata.name === name && object.metadata.namespace === NAMESPACE);
}

function parse(text: string): unknown {
  return parseDocument(text).toJS();
}

function read(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function imageOf(rollout: unknown): string {
  return imageIn(read(read(read(rollout, 'spec'), 'template'), 'spec'));
}

function imageIn(podSpec: unknown): string {
  const containers = read(podSpec, 'containers');
  return textOf(read(Array.isArray(containers) ? containers[0] : undefined, 'image'));
}

function timeoutOf(configMap: unknown): string {
  return textOf(read(read(configMap, 'data'), 'PAYMENT_TIMEOUT'));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}
