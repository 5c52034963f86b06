import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { CONFIG_MAP, NAMESPACE, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { plainEndpoint } from '../../src/kube/api-endpoint.ts';
import { createResourceClient } from '../../src/kube/resource-client.ts';
import { createTransport } from '../../src/kube/transport.ts';
import type { Cluster, WatchEvent } from '../../src/ports/cluster.ts';
import { isSluiceError, type SluiceError } from '../../src/ports/errors.ts';
import { type Answer, type FaultServer, json, reset, startFaultServer, status } from './fault-server.ts';
import { configMap } from './scripted-cluster.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup(answers: Answer[], requestTimeout = 5_000): Promise<{ server: FaultServer; cluster: Cluster }> {
  const server = await startFaultServer(...answers);
  const transport = createTransport({
    endpoint: plainEndpoint(`${server.url}/prefix/`),
    clock: createSystemClock(),
    userAgent: 'sluice/test',
    requestTimeout: millis(requestTimeout),
  });
  cleanups.push(
    () => server.close(),
    () => transport.close(),
  );
  return { server, cluster: createResourceClient(transport) };
}

async function failure(work: Promise<unknown>): Promise<SluiceError> {
  try {
    await work;
  } catch (error) {
    if (isSluiceError(error)) return error;
    throw error;
  }
  return assert.fail('it did not fail');
}

const ref = { namespace: 'shop', name: 'a' };

function lines(...parts: (string | Buffer)[]): Answer {
  return (_received, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    let index = 0;
    const next = (): void => {
      const part = parts[index];
      index += 1;
      if (part === undefined) response.end();
      else response.write(part, () => setImmediate(next));
    };
    next();
  };
}

async function collect(events: AsyncIterable<WatchEvent>): Promise<WatchEvent[]> {
  const all: WatchEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('the requests of the resource client', () => {
  it('reads an object by the path of its kind, with the user agent and the prefix of the server', async () => {
    const { server, cluster } = await setup([json(200, configMap('a', 3))]);
    assert.equal((await cluster.get(CONFIG_MAP, ref))?.metadata.resourceVersion, '3');
    await cluster.get(ROLLOUT, ref);
    await cluster.get(NAMESPACE, { name: 'shop' });
    assert.deepEqual(
      server.received.map((one) => one.url),
      [
        '/prefix/api/v1/namespaces/shop/configmaps/a',
        '/prefix/apis/sluice.dev/v1alpha1/namespaces/shop/rollouts/a',
        '/prefix/api/v1/namespaces/shop',
      ],
    );
    assert.equal(server.received[0]?.headers['user-agent'], 'sluice/test');
  });

  it('answers undefined for a missing object, but not for a missing kind', async () => {
    const { server, cluster } = await setup([status(404, 'NotFound', 'configmaps "a" not found')]);
    assert.equal(await cluster.get(CONFIG_MAP, ref), undefined);
    server.answers = [(_received, response) => response.writeHead(404).end('404 page not found')];
    assert.equal((await failure(cluster.get(CONFIG_MAP, ref))).code, 'not_found');
  });

  it('fills in apiVersion and kind of list items and hands the continue token on', async () => {
    const { apiVersion: _v, kind: _k, ...bare } = configMap('a', 3);
    const { server, cluster } = await setup([
      json(200, { kind: 'ConfigMapList', metadata: { resourceVersion: '9', continue: 'next page' }, items: [bare] }),
    ]);
    const page = await cluster.list(CONFIG_MAP, { namespace: 'shop', limit: 500, labelSelector: 'a=b,c!=d' });
    assert.deepEqual(
      [page.items[0]?.apiVersion, page.items[0]?.kind, page.continue, page.resourceVersion],
      ['v1', 'ConfigMap', 'next page', '9'],
    );
    await cluster.list(CONFIG_MAP, { continue: page.continue, limit: 500, resourceVersion: '9' });
    assert.deepEqual(
      server.received.map((one) => one.url),
      [
        '/prefix/api/v1/namespaces/shop/configmaps?labelSelector=a%3Db%2Cc%21%3Dd&limit=500',
        '/prefix/api/v1/configmaps?limit=500&continue=next+page',
      ],
    );
  });

  it('writes with the method, content type and options of each verb', async () => {
    const { server, cluster } = await setup([json(200, configMap('a', 4))]);
    const object = configMap('a', 3);
    await cluster.create(CONFIG_MAP, object, { fieldManager: 'sluice', fieldValidation: 'Strict' });
    await cluster.update(ROLLOUT, object, { subresource: 'status', dryRun: true });
    await cluster.apply(CONFIG_MAP, object, { fieldManager: 'sluice', force: true });
    await cluster.patch(REPLICA_SET, ref, { type: 'merge', body: { spec: { replicas: 2 } } }, { subresource: 'scale' });
    await cluster.patch(CONFIG_MAP, ref, { type: 'json', operations: [{ op: 'test', path: '/data/x', value: 'y' }] });
    await cluster.remove(CONFIG_MAP, ref, { preconditions: { uid: 'u', resourceVersion: '3' }, propagation: 'Foreground' });
    const base = '/prefix/api/v1/namespaces/shop/configmaps';
    assert.deepEqual(
      server.received.map((one) => [one.method, one.url, one.headers['content-type']]),
      [
        ['POST', `${base}?fieldManager=sluice&fieldValidation=Strict`, 'application/json'],
        ['PUT', '/prefix/apis/sluice.dev/v1alpha1/namespaces/shop/rollouts/a/status?dryRun=All', 'application/json'],
        ['PATCH', `${base}/a?fieldManager=sluice&force=true`, 'application/apply-patch+yaml'],
        ['PATCH', '/prefix/apis/apps/v1/namespaces/shop/replicasets/a/scale', 'application/merge-patch+json'],
        ['PATCH', `${base}/a`, 'application/json-patch+json'],
        ['DELETE', `${base}/a`, 'application/json'],
      ],
    );
    assert.deepEqual(JSON.parse(server.received[5]?.body ?? ''), {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: 'u', resourceVersion: '3' },
      propagationPolicy: 'Foreground',
    });
  });

  it('refuses names that would change the path, before anything is sent', async () => {
    const { server, cluster } = await setup([json(200, configMap('a', 3))]);
    for (const name of ['', '..', 'a/b', 'a%2fb'])
      assert.equal((await failure(cluster.get(CONFIG_MAP, { namespace: 'shop', name }))).code, 'spec_invalid');
    assert.equal((await failure(cluster.get(CONFIG_MAP, { name: 'a' }))).code, 'spec_invalid');
    assert.equal(server.received.length, 0);
  });

  it('M18: impersonates with user and groups, and refuses an empty identity', async () => {
    const { server, cluster } = await setup([json(200, configMap('a', 3))]);
    await cluster.impersonate('system:serviceaccount:shop:deployer', ['system:authenticated', 'team']).get(CONFIG_MAP, ref);
    assert.equal(server.received[0]?.headers['impersonate-user'], 'system:serviceaccount:shop:deployer');
    assert.match(String(server.received[0]?.headers['impersonate-group']), /system:authenticated, ?team/);
    for (const user of ['', ' ', 'a\r\nImpersonate-User: root']) {
      assert.throws(
        () => cluster.impersonate(user, []),
        (error: unknown) => isSluiceError(error, 'invariant'),
      );
    }
    assert.throws(
      () => cluster.impersonate('user', ['']),
      (error: unknown) => isSluiceError(error, 'invariant'),
    );
    assert.equal(server.received.length, 1);
  });
});

describe('F4: what the API server refuses', () => {
  const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "helm"', field: '.spec.replicas' }];
  const table: readonly [string, Answer, string, string][] = [
    ['a stale version', status(409, 'Conflict', 'the object has been modified'), 'conflict', 'backoff'],
    ['a taken name', status(409, 'AlreadyExists', 'already exists'), 'already_exists', 'backoff'],
    ['an invalid object', status(422, 'Invalid', 'is invalid'), 'spec_invalid', 'never'],
    ['a bad request', status(400, 'BadRequest', 'unknown field "spec.x"'), 'spec_invalid', 'never'],
    ['no identity', status(401, 'Unauthorized', 'Unauthorized'), 'forbidden', 'backoff'],
    ['no right', status(403, 'Forbidden', 'cannot get'), 'forbidden', 'backoff'],
    ['forgotten history', status(410, 'Expired', 'too old'), 'expired', 'backoff'],
    ['an overloaded server', status(429, 'TooManyRequests', 'slow'), 'rate_limited', 'backoff'],
    ['an internal error', status(500, 'InternalError', 'etcd'), 'unavailable', 'backoff'],
    ['a gateway page', (_received, response) => response.writeHead(503).end('<html>secret-page</html>'), 'unavailable', 'backoff'],
    ['a gateway timeout', status(504, 'Timeout', 'timed out'), 'timeout', 'backoff'],
    ['a connection cut before the reply', reset('before'), 'unavailable', 'backoff'],
    ['a connection cut inside the reply', reset('inside'), 'unavailable', 'backoff'],
    ['half a JSON text', (_received, response) => response.writeHead(200).end('{"apiVersion":"v1","kind'), 'unavailable', 'backoff'],
    ['JSON that is no object of Kubernetes', json(200, ['x']), 'unavailable', 'backoff'],
    ['a redirect', (_received, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'unavailable', 'backoff'],
  ];
  for (const [what, answer, code, retry] of table) {
    it(`maps ${what} to ${code}`, async () => {
      const { server, cluster } = await setup([answer]);
      const error = await failure(cluster.update(CONFIG_MAP, configMap('a', 3)));
      assert.deepEqual([error.code, error.retry.kind], [code, retry]);
      assert.doesNotMatch(error.message, /secret-page|<html>/);
      assert.equal(server.received.length, 1);
    });
  }

  it('tells a field-manager conflict by its fields', async () => {
    const { cluster } = await setup([status(409, 'Conflict', 'Apply failed', { causes })]);
    const error = await failure(cluster.apply(CONFIG_MAP, configMap('a', 3), { fieldManager: 'sluice' }));
    assert.equal(error.code, 'conflict');
    assert.deepEqual(error.details['fields'], ['.spec.replicas']);
    assert.deepEqual([error.details['status'], error.details['reason']], [409, 'Conflict']);
  });

  it('lists field and message of every cause of a 422', async () => {
    const { cluster } = await setup([
      status(422, 'Invalid', 'no', { causes: [{ reason: 'FieldValueInvalid', message: 'must be > 0', field: 'spec.replicas' }] }),
    ]);
    const error = await failure(cluster.create(CONFIG_MAP, configMap('a', 3)));
    assert.deepEqual(error.details['causes'], [{ reason: 'FieldValueInvalid', message: 'must be > 0', field: 'spec.replicas' }]);
  });

  it('honours Retry-After of 429 and 503 from header, date and Status', async () => {
    const later = new Date(Date.now() + 60_000).toUTCString();
    const { server, cluster } = await setup([
      status(429, 'TooManyRequests', 'slow', undefined, { 'retry-after': '7' }),
      status(503, 'ServiceUnavailable', 'soon', { retryAfterSeconds: 3 }),
      status(429, 'TooManyRequests', 'slow', undefined, { 'retry-after': later }),
      status(429, 'TooManyRequests', 'slow', undefined, { 'retry-after': '999999999' }),
    ]);
    const delays: number[] = [];
    while (server.received.length < 4) {
      const { retry } = await failure(cluster.list(CONFIG_MAP));
      delays.push(retry.kind === 'after' ? retry.delay : -1);
    }
    assert.deepEqual([delays[0], delays[1], delays[3]], [7_000, 3_000, 300_000]);
    assert.ok((delays[2] ?? 0) > 50_000 && (delays[2] ?? 0) <= 60_000);
  });

  it('M11: shows foreign text on one line, without control characters, and not without end', async () => {
    const { cluster } = await setup([status(500, 'InternalError', `bad\u001b[31m\nline\u202e${'x'.repeat(5_000)}`)]);
    const { message } = await failure(cluster.get(CONFIG_MAP, ref));
    assert.doesNotMatch(message, /[\p{Cc}\p{Cf}]/u);
    assert.ok(message.length < 1_200);
  });

  it('times out a server that never answers, and one that stops inside the body', async () => {
    const { server, cluster } = await setup([() => undefined], 60);
    assert.equal((await failure(cluster.get(CONFIG_MAP, ref))).code, 'timeout');
    server.answers = [(_received, response) => void response.writeHead(200).write('{"a":')];
    assert.equal((await failure(cluster.get(CONFIG_MAP, ref))).code, 'timeout');
  });

  it('stops at once when the caller cancels', async () => {
    const { cluster } = await setup([() => undefined]);
    const stop = new AbortController();
    const pending = failure(cluster.get(CONFIG_MAP, ref, { signal: stop.signal }));
    stop.abort();
    assert.equal((await pending).details['cancelled'], true);
    assert.equal((await failure(cluster.get(CONFIG_MAP, ref, { signal: stop.signal }))).details['cancelled'], true);
  });
});

describe('the watch of the resource client', () => {
  it('puts lines together that are split anywhere, inside a multi-byte character too', async () => {
    const event = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: configMap('a', 3, { data: 'größe 🚦' }) })}\n`);
    const cut = event.indexOf(Buffer.from('🚦')) + 2;
    const bookmark = '{"type":"BOOKMARK","object":{"kind":"ConfigMap","metadata":{"resourceVersion":"12"}}}\n';
    const { server, cluster } = await setup([
      lines(event.subarray(0, 10), event.subarray(10, cut), Buffer.concat([event.subarray(cut), event]), bookmark),
    ]);
    const events = await collect(
      cluster.watch(CONFIG_MAP, { namespace: 'shop', resourceVersion: '2', allowBookmarks: true, timeout: millis(300_500) }),
    );
    assert.deepEqual(
      events.map((one) => one.type),
      ['ADDED', 'ADDED', 'BOOKMARK'],
    );
    const first = events[0];
    assert.ok(first !== undefined && first.type !== 'BOOKMARK');
    assert.deepEqual(first.object['data'], { value: 'größe 🚦' });
    assert.equal(
      server.received[0]?.url,
      '/prefix/api/v1/namespaces/shop/configmaps?watch=true&resourceVersion=2&allowWatchBookmarks=true&timeoutSeconds=301',
    );
  });

  it('throws expired for 410 as a status and in the stream alike', async () => {
    const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    const { cluster } = await setup([status(410, 'Expired', 'too old'), lines(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`)]);
    assert.equal((await failure(collect(cluster.watch(CONFIG_MAP)))).code, 'expired');
    assert.equal((await failure(collect(cluster.watch(CONFIG_MAP)))).code, 'expired');
  });

  it('fails as unavailable when it is cut inside an event, sends no JSON, or is refused', async () => {
    const { cluster } = await setup([
      lines('{"type":"ADDED","obj'),
      lines('<html>\n'),
      lines('{"type":"ADDED","object":{}}\n'),
      status(500, 'InternalError', 'x'),
    ]);
    for (let count = 0; count < 4; count += 1) assert.equal((await failure(collect(cluster.watch(CONFIG_MAP)))).code, 'unavailable');
  });

  it('reads no refusal of more than a MiB', async () => {
    const { cluster } = await setup([status(403, 'Forbidden', 'x'.repeat(2 * 1024 * 1024))]);
    const refused = await failure(collect(cluster.watch(CONFIG_MAP)));
    assert.deepEqual([refused.code, refused.message], ['forbidden', 'watch configmaps: HTTP 403']);
  });

  it('ends quietly when its signal aborts, and closes the connection when its reader leaves', async () => {
    const closings: Promise<unknown>[] = [];
    const open: Answer = (_received, response) => {
      closings.push(once(response, 'close'));
      response.writeHead(200).write(`${JSON.stringify({ type: 'ADDED', object: configMap('a', 3) })}\n`);
    };
    const { cluster } = await setup([open]);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const event of cluster.watch(CONFIG_MAP, { signal: stop.signal })) {
      seen.push(event.type);
      stop.abort();
    }
    for await (const event of cluster.watch(CONFIG_MAP)) {
      seen.push(event.type);
      break;
    }
    assert.deepEqual(seen, ['ADDED', 'ADDED']);
    assert.equal(closings.length, 2);
    await Promise.all(closings);
  });
});

describe('the transport', () => {
  it('sends 300 requests at a time over at most 32 connections, and keeps them', async () => {
    const { server, cluster } = await setup([json(200, configMap('a', 3))]);
    await Promise.all(Array.from({ length: 300 }, () => cluster.get(CONFIG_MAP, ref)));
    assert.equal(server.received.length, 300);
    const used = server.connections();
    assert.ok(used <= 32, `${used} connections`);
    for (let count = 0; count < 20; count += 1) await cluster.get(CONFIG_MAP, ref);
    assert.equal(server.connections(), used);
  });

  it('says where nothing listens', async () => {
    const { server, cluster } = await setup([json(200, {})]);
    await server.close();
    const error = await failure(cluster.get(CONFIG_MAP, ref));
    assert.equal(error.code, 'unavailable');
    assert.match(error.message, /cannot reach the API server at 127\.0\.0\.1:\d+: nothing listens there.*ECONNREFUSED/);
  });
});
