import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { POD } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { ADDRESSES, portOf } from '../run/addresses.ts';
import { connect } from '../run/lab-cluster.ts';
import { labFiles } from '../run/lab-files.ts';
import { addressOf } from './behaviour.ts';
import { type ServedPod, servePod } from './served-pod.ts';

/** `serve-pods DIRECTORY`: one process that is the container of every pod with the label lab.sluice.dev/serve=true. */
const labelSelector = 'lab.sluice.dev/serve=true';
const served = new Map<string, ServedPod>();

function stop(uid: string): void {
  served.get(uid)?.stop();
  served.delete(uid);
}

function see(pod: KubeObject): void {
  const uid = pod.metadata.uid ?? '';
  const address = addressOf(pod);
  const known = served.get(uid);
  if (address === undefined) stop(uid);
  else if (known !== undefined) known.pod = pod;
  else
    served.set(
      uid,
      servePod(pod, address, (error) => {
        process.stderr.write(`${pod.metadata.name} at ${address}: ${error.message}\n`);
        served.delete(uid);
      }),
    );
}

async function follow(cluster: Cluster): Promise<never> {
  for (;;) {
    try {
      const { items, resourceVersion } = await cluster.list(POD, { labelSelector });
      const there = new Set(items.map((pod) => pod.metadata.uid));
      for (const uid of served.keys()) if (!there.has(uid)) stop(uid);
      for (const pod of items) see(pod);
      for await (const event of cluster.watch(POD, { labelSelector, resourceVersion })) {
        if (event.type === 'DELETED') stop(event.object.metadata.uid ?? '');
        else if (event.type !== 'BOOKMARK') see(event.object);
      }
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      await delay(200);
    }
  }
}

createServer((_, response) => response.end(JSON.stringify([...served.values()].map((pod) => pod.state())))).listen(
  portOf(ADDRESSES.pods),
  '127.0.0.1',
);
await follow(connect(labFiles(process.argv[2] ?? '').kubeconfig, 'sluice-lab-pods/1').cluster);
