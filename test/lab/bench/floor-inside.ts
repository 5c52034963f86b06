import { setTimeout as delay } from 'node:timers/promises';
import { REPLICA_SET } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { connect } from '../run/lab-cluster.ts';
import { theLab } from '../tests/support/the-lab.ts';
import { createAll, WIDTH } from './create-all.ts';
import { each } from './each.ts';
import { fleetOf, type Member, podTemplate, REPLICAS, STAYS_SECONDS, servicesOf, WEIGHTS } from './fleet.ts';
import { followObjects } from './follow-objects.ts';
import { type ReplicaSetCounts, readCounts } from './replica-set-counts.ts';

/** `floor-inside COUNT PAUSE`: the pods of so many releases, made by hand in the same pattern: what the cluster itself takes. */
const [count = 0, pause = 0] = process.argv.slice(2).map(Number);
const { cluster, close } = connect(theLab().kubeconfig);
const fleet = fleetOf(count);
const SIZES = WEIGHTS.map((weight) => Math.ceil((weight * REPLICAS) / 100));

function replicaSet(member: Member, tag: string, replicas: number): KubeObject {
  const { name, namespace } = member;
  const labels = { app: name, tag };
  const template = podTemplate(member, tag);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: `${name}-${tag}`, namespace, labels },
    spec: { replicas, selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } },
  };
}

await createAll(cluster, fleet, servicesOf);
const followed = await followObjects<ReplicaSetCounts>(cluster, REPLICA_SET, readCounts);
const ready = ({ name, namespace }: Member, tag: string, wanted: number): Promise<void> =>
  followed.until(`${namespace}/${name}-${tag}`, (counts) => counts.ready >= wanted);
const scale = ({ name, namespace }: Member, tag: string, replicas: number): Promise<unknown> =>
  cluster.patch(REPLICA_SET, { namespace, name: `${name}-${tag}` }, { type: 'merge', body: { spec: { replicas } } });

await each(fleet, WIDTH, (member) => cluster.create(REPLICA_SET, replicaSet(member, '1', REPLICAS)));
await Promise.all(fleet.map((member) => ready(member, '1', REPLICAS)));

async function release(member: Member): Promise<void> {
  let size = 0;
  for (const wanted of SIZES) {
    if (wanted !== size && size > 0) await scale(member, '2', wanted);
    size = wanted;
    await ready(member, '2', size);
    await delay(pause * 1000);
  }
}

const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1);
await each(fleet, WIDTH, (member) => cluster.create(REPLICA_SET, replicaSet(member, '2', SIZES[0] ?? 1)));
await Promise.all(fleet.map(release));
process.stdout.write(`floor: the pods of ${count} releases, scaled by hand: ${seconds()} s until the new ones serve`);
await delay(STAYS_SECONDS * 1000);
await each(fleet, WIDTH, (member) => scale(member, '1', 0));
await Promise.all(fleet.map(({ name, namespace }) => followed.until(`${namespace}/${name}-1`, (counts) => counts.pods === 0)));
process.stdout.write(`, ${seconds()} s until the old ones are gone\n`);
followed.stop();
await close();
