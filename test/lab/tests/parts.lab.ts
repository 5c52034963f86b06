import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import { NAMESPACE, POD } from '../../../src/api/kinds.ts';
import { at } from '../../contract/fixtures.ts';
import { ADDRESSES } from '../run/addresses.ts';
import { type Connection, connect } from '../run/lab-cluster.ts';
import { newNamespace } from './support/config-maps.ts';
import { type DeployedService, deployedService } from './support/deployed-service.ts';
import { applyAll, kubectl } from './support/installation.ts';
import { theLab } from './support/the-lab.ts';
import { until } from './support/until.ts';

const lab = theLab();
const vectorSchema = z.object({
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })) }),
});

async function query(text: string): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]> {
  const response = await fetch(`${ADDRESSES.prometheus}/api/v1/query?${new URLSearchParams({ query: text }).toString()}`);
  return vectorSchema.parse(await response.json()).data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

describe('the parts of the lab', () => {
  let admin: Connection;
  let namespace: string;
  const deploy = (what: Omit<DeployedService, 'namespace'>): Promise<void> => applyAll(lab, deployedService({ namespace, ...what }));
  const podsOf = async (name: string): Promise<readonly unknown[]> =>
    (await admin.cluster.list(POD, { namespace, labelSelector: `app=${name}` })).items;
  const waiting = (pod: unknown): unknown => at(at(pod, 'status.containerStatuses.0'), 'state.waiting.reason');
  const isReady = (pod: unknown): boolean => {
    const conditions = at(pod, 'status.conditions');
    return Array.isArray(conditions) && conditions.some((one: unknown) => at(one, 'type') === 'Ready' && at(one, 'status') === 'True');
  };
  const untilPod = (name: string, what: string, holds: (pod: unknown) => boolean): Promise<unknown> =>
    until(
      `the pod of ${name} ${what}`,
      async () => (await podsOf(name)).find(holds),
      30,
      () => podsOf(name),
    );

  before(async () => {
    admin = connect(lab.kubeconfig);
    namespace = await newNamespace(admin.cluster, 'parts');
  });
  after(async () => {
    await admin.cluster.remove(NAMESPACE, { name: namespace });
    await admin.close();
  });

  it('pods answer at the rate of errors that they are told, exactly', async () => {
    await deploy({ name: 'errors', annotations: { 'error-rate': '0.2' } });
    const pod = await untilPod('errors', 'is ready', isReady);
    const address = `http://${String(at(pod, 'status.podIP'))}:8080/`;
    await until('it answers', () => fetch(`${address}metrics`).catch(() => undefined));
    const codes: number[] = [];
    for (let index = 0; index < 50; index += 1) codes.push((await fetch(address)).status);
    assert.equal(codes.filter((code) => code === 500).length, 10);
  });

  it('pods answer as late as they are told', async () => {
    await deploy({ name: 'late', annotations: { 'latency-ms': '120', 'ready-delay': '2s' } });
    const pod = await untilPod('late', 'is ready', isReady);
    const began = performance.now();
    await until('it answers', () => fetch(`http://${String(at(pod, 'status.podIP'))}:8080/`).catch(() => undefined));
    assert.ok(performance.now() - began >= 115);
  });

  for (const [fail, reason] of [
    ['crash-loop', 'CrashLoopBackOff'],
    ['image-pull', 'ImagePullBackOff'],
    ['config-error', 'CreateContainerConfigError'],
  ] as const) {
    it(`a pod told ${fail} waits in ${reason} and is never ready`, async () => {
      await deploy({ name: fail, annotations: { fail } });
      const pod = await untilPod(fail, `waits in ${reason}`, (one) => waiting(one) === reason);
      assert.ok(!isReady(pod));
    });
  }

  it('a pod told never-ready runs and is not ready until it is told otherwise', async () => {
    await deploy({ name: 'never', annotations: { fail: 'never-ready' } });
    await untilPod('never', 'runs', (pod) => at(pod, 'status.phase') === 'Running' && !isReady(pod));
    await kubectl(lab, ['annotate', 'pod', '-n', namespace, '-l', 'app=never', 'lab.sluice.dev/fail-']);
    await untilPod('never', 'is ready', isReady);
  });

  it('a readiness gate keeps a pod from being ready until its condition is true', async () => {
    await deploy({ name: 'gated', spec: { readinessGates: [{ conditionType: 'example.com/open' }] } });
    const pod = await untilPod('gated', 'waits for its gate', (one) =>
      JSON.stringify(at(one, 'status.conditions')).includes('ReadinessGatesNotReady'),
    );
    const patch = JSON.stringify({ status: { conditions: [{ type: 'example.com/open', status: 'True' }] } });
    await kubectl(lab, [
      'patch',
      'pod',
      '-n',
      namespace,
      String(at(pod, 'metadata.name')),
      '--subresource=status',
      '--type=strategic',
      '-p',
      patch,
    ]);
    await untilPod('gated', 'is ready', isReady);
  });

  it('a Job whose pod is told to fail, fails', async () => {
    const template = {
      metadata: { annotations: { 'lab.sluice.dev/run-for': '1s', 'lab.sluice.dev/exit': '3' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'job:1' }] },
    };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'failing', namespace }, spec: { backoffLimit: 0, template } };
    await applyAll(lab, [job]);
    await kubectl(lab, ['wait', '--for=condition=Failed', '--timeout=25s', 'job/failing', '-n', namespace]);
  });

  it('Prometheus keeps the revision of a pod, and counts what was answered', async () => {
    await deploy({ name: 'counted', labels: { 'sluice.dev/pod-template-hash': 'abc123' }, annotations: { 'error-rate': '0.5' } });
    const pod = await untilPod('counted', 'is ready', isReady);
    await until('it answers', () => fetch(`http://${String(at(pod, 'status.podIP'))}:8080/metrics`).catch(() => undefined));
    for (let index = 0; index < 20; index += 1) await fetch(`http://${String(at(pod, 'status.podIP'))}:8080/`);
    const found = await until('Prometheus has scraped all of them', async () => {
      const series = await query(`http_requests_total{namespace="${namespace}",service="counted"}`);
      return series.reduce((sum, { value }) => sum + value, 0) === 20 ? series : undefined;
    });
    assert.deepEqual(found.map(({ labels, value }) => `${labels['code']} of ${labels['pod_template_hash']}: ${value}`).toSorted(), [
      '200 of abc123: 10',
      '500 of abc123: 10',
    ]);
  });

  it('the gateway splits by the weights of an HTTPRoute', async () => {
    await deploy({ name: 'blue', replicas: 2 });
    await deploy({ name: 'green', replicas: 1 });
    const parent = { apiVersion: 'gateway.networking.k8s.io/v1', metadata: { namespace } };
    const backendRefs = [
      { name: 'blue', port: 80, weight: 80 },
      { name: 'green', port: 80, weight: 20 },
    ];
    const spec = { parentRefs: [{ name: 'gw' }], hostnames: ['split.test'], rules: [{ backendRefs }] };
    const route = { ...parent, kind: 'HTTPRoute', metadata: { name: 'split', namespace }, spec };
    const gatewayClass = {
      ...parent,
      kind: 'GatewayClass',
      metadata: { name: 'traefik' },
      spec: { controllerName: 'traefik.io/gateway-controller' },
    };
    const gateway = {
      ...parent,
      kind: 'Gateway',
      metadata: { name: 'gw', namespace },
      spec: { gatewayClassName: 'traefik', listeners: [{ name: 'web', port: 8000, protocol: 'HTTP' }] },
    };
    await applyAll(lab, [gatewayClass, gateway, route]);
    const ask = async (): Promise<string> => {
      const reply = await request(ADDRESSES.gateway, { headers: { host: 'split.test' } });
      const text = await reply.body.text();
      return reply.statusCode === 200 ? z.object({ image: z.string() }).parse(JSON.parse(text)).image : String(reply.statusCode);
    };
    await until('both sides have been seen', async () => {
      const seen = new Set<string>();
      for (let index = 0; index < 10; index += 1) seen.add(await ask());
      return seen.has('blue:1') && seen.has('green:1') && seen.size === 2 ? true : undefined;
    });
    await delay(1000);
    const counts: Record<string, number> = {};
    for (let index = 0; index < 100; index += 1) {
      const image = await ask();
      counts[image] = (counts[image] ?? 0) + 1;
    }
    // Smooth weighted round robin: no chance in it.
    assert.deepEqual(counts, { 'blue:1': 80, 'green:1': 20 });
  });
});
