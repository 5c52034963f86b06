import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { request } from 'undici';
import { z } from 'zod';
import { NAMESPACE } from '../../../src/api/kinds.ts';
import { ADDRESSES } from '../run/addresses.ts';
import { type Connection, connect } from '../run/lab-cluster.ts';
import { bringPartsOf } from './support/bring-parts.ts';
import { newNamespace } from './support/config-maps.ts';
import { deployedService } from './support/deployed-service.ts';
import { applyAll, kubectl } from './support/installation.ts';
import { BACKENDS, describeRoutedStory, HOST } from './support/routed-story.ts';
import { NAMESPACE as SHOP } from './support/shop.ts';
import { theLab } from './support/the-lab.ts';
import { until } from './support/until.ts';

const lab = theLab();
const REQUESTS = 2000;

describe('Contour and its Envoy', () => {
  let admin: Connection;
  let namespace: string;
  let takeDown: () => Promise<void>;
  before(async () => {
    takeDown = await bringPartsOf(lab, 'contour');
    admin = connect(lab.kubeconfig);
    namespace = await newNamespace(admin.cluster, 'contour');
  });
  after(async () => {
    await admin.cluster.remove(NAMESPACE, { name: namespace });
    await admin.close();
    await takeDown();
  });

  const ask = async (): Promise<string> => {
    const reply = await request(ADDRESSES.envoy, { headers: { host: 'split.test' } });
    const text = await reply.body.text();
    return reply.statusCode === 200 ? z.object({ image: z.string() }).parse(JSON.parse(text)).image : String(reply.statusCode);
  };

  it('split by the weights of an HTTPProxy, by chance and not in turn', async (test) => {
    await applyAll(lab, [...deployedService({ namespace, name: 'blue', replicas: 2 }), ...deployedService({ namespace, name: 'green' })]);
    await kubectl(lab, ['rollout', 'status', 'deployment/blue', 'deployment/green', '-n', namespace, '--timeout=30s']);
    const services = [
      { name: 'blue', port: 80, weight: 80 },
      { name: 'green', port: 80, weight: 20 },
    ];
    const spec = { virtualhost: { fqdn: 'split.test' }, routes: [{ services }] };
    await applyAll(lab, [{ apiVersion: 'projectcontour.io/v1', kind: 'HTTPProxy', metadata: { name: 'split', namespace }, spec }]);
    await until('both sides answer', async () => {
      const seen = new Set<string>();
      // Envoy listens once there is a route.
      for (let index = 0; index < 50; index += 1) seen.add(await ask().catch(String));
      return seen.has('blue:1') && seen.has('green:1') && seen.size === 2 ? true : undefined;
    });
    let green = 0;
    for (let index = 0; index < REQUESTS; index += 1) green += (await ask()) === 'green:1' ? 1 : 0;
    test.diagnostic(`${green} of ${REQUESTS} requests at weight 20`);
    // Five standard deviations of a binomial: one run in two million is farther off.
    assert.ok(Math.abs(green - REQUESTS * 0.2) < 5 * Math.sqrt(REQUESTS * 0.2 * 0.8), `${green} of ${REQUESTS}`);
  });
});

describeRoutedStory(lab, {
  name: 'Contour and its Envoy by an HTTPProxy',
  test: 'contour',
  address: ADDRESSES.envoy,
  values: { routers: { contour: { enabled: true } } },
  routing: { contour: { httpProxies: ['checkout'] } },
  objects: [
    {
      apiVersion: 'projectcontour.io/v1',
      kind: 'HTTPProxy',
      metadata: { name: 'checkout', namespace: SHOP },
      spec: { virtualhost: { fqdn: HOST }, routes: [{ services: BACKENDS }] },
    },
  ],
});
