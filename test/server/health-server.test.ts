import assert from 'node:assert/strict';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { isSluiceError } from '../../src/ports/errors.ts';
import { type HealthServer, startHealthServer } from '../../src/server/health-server.ts';
import { parseListenAddress } from '../../src/server/listen-address.ts';

const logged: string[] = [];
const log = { debug() {}, info() {}, warn() {}, error: (message: string) => logged.push(message), child: () => log };
const state = { stuck: [] as string[], syncing: [] as string[], render: async () => 'sluice_leader 1\n' };

function options(healthAddress: string, metricsAddress: string) {
  return {
    healthAddress,
    metricsAddress,
    isAlive: () => state.stuck,
    isReady: () => state.syncing,
    metrics: { contentType: 'text/plain; version=0.0.4', render: () => state.render() },
    log,
  };
}

interface Reply {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(address: string | undefined, path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${address}${path}`, { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

describe('the health server', () => {
  let server: HealthServer;
  before(async () => {
    server = await startHealthServer(options('127.0.0.1:0', 'localhost:0'));
  });
  after(() => server.close());

  it('says that the process lives, until the watchdog names a stuck worker', async () => {
    assert.deepEqual((({ status, body }) => [status, body])(await ask(server.healthAddress, '/healthz')), [200, 'ok\n']);
    state.stuck = ['rollout worker 2 is stuck on shop/checkout for 130 s'];
    const { status, body } = await ask(server.healthAddress, '/healthz');
    assert.deepEqual([status, body], [503, 'rollout worker 2 is stuck on shop/checkout for 130 s\n']);
    assert.equal((await ask(server.healthAddress, '/readyz')).status, 200, 'a stuck worker is no reason to leave the Service');
    state.stuck = [];
  });

  it('is not ready until the caches are filled', async () => {
    state.syncing = ['rollouts: not listed yet'];
    assert.equal((await ask(server.healthAddress, '/readyz')).status, 503);
    assert.equal((await ask(server.healthAddress, '/healthz')).status, 200, 'a process that still lists is alive');
    state.syncing = [];
    assert.equal((await ask(server.healthAddress, '/readyz?verbose')).status, 200);
  });

  it('serves metrics on their own address only, whatever Host says', async () => {
    const reply = await ask(server.metricsAddress, '/metrics', 'GET', { host: 'prometheus.example', origin: 'https://evil.example' });
    assert.deepEqual([reply.status, reply.body, reply.headers['content-type']], [200, 'sluice_leader 1\n', 'text/plain; version=0.0.4']);
    assert.equal(reply.headers['access-control-allow-origin'], undefined);
    assert.equal((await ask(server.healthAddress, '/metrics')).status, 404);
    assert.equal((await ask(server.metricsAddress, '/healthz')).status, 404);
  });

  it('knows no other path and no other method', async () => {
    for (const path of ['/', '/healthz/', '/healthz%2f', '/debug/pprof', '/%2e%2e/etc/passwd']) {
      assert.equal((await ask(server.healthAddress, path)).status, 404, path);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const reply = await ask(server.healthAddress, '/healthz', method);
      assert.deepEqual([reply.status, reply.headers['allow']], [405, 'GET, HEAD'], method);
    }
    const head = await ask(server.healthAddress, '/healthz', 'HEAD');
    assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '3']);
  });

  it('answers 500 and logs when metrics cannot be made', async () => {
    const works = state.render;
    state.render = () => Promise.reject(new Error('secret detail'));
    const reply = await ask(server.metricsAddress, '/metrics');
    state.render = works;
    assert.deepEqual([reply.status, reply.body], [500, 'failed; the log says why\n']);
    assert.deepEqual(logged, ['request failed']);
  });

  it('refuses what is no HTTP without falling over', async () => {
    const port = Number(server.healthAddress?.split(':').at(-1));
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write('\u0000\u0001 nonsense\r\n\r\n'));
      socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => resolve(text));
    });
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal((await ask(server.healthAddress, '/healthz')).status, 200);
  });
});

describe('listening', () => {
  it('shares one listener between equal addresses, and leaves out what is off', async () => {
    const both = await startHealthServer(options('127.0.0.1:0', '127.0.0.1:0'));
    assert.equal(both.healthAddress, both.metricsAddress);
    assert.equal((await ask(both.healthAddress, '/metrics')).status, 200);
    assert.equal((await ask(both.healthAddress, '/readyz')).status, 200);
    await both.close();
    const none = await startHealthServer(options('off', 'off'));
    assert.deepEqual([none.healthAddress, none.metricsAddress], [undefined, undefined]);
    await none.close();
  });

  it('says why an address cannot be used, and leaves no listener behind', async () => {
    const first = await startHealthServer(options('127.0.0.1:0', 'off'));
    const taken = first.healthAddress ?? '';
    await assert.rejects(startHealthServer(options('127.0.0.1:0', taken)), (error) => {
      assert.ok(isSluiceError(error, 'unavailable'));
      assert.equal(error.message, `cannot listen on ${taken}: another process listens there; choose another address`);
      return true;
    });
    await assert.rejects(startHealthServer(options('nonsense', 'off')), /"nonsense" is no address to listen on/);
    await first.close();
    await assert.rejects(ask(taken, '/healthz'), /ECONNREFUSED/);
  });

  it('finishes an answer that has begun before it closes, even on kept connections', async () => {
    const slow = Promise.withResolvers<string>();
    const entered = Promise.withResolvers<void>();
    const server = await startHealthServer({
      ...options('off', '127.0.0.1:0'),
      metrics: {
        contentType: 'text/plain',
        render: () => {
          entered.resolve();
          return slow.promise;
        },
      },
    });
    const reply = new Promise<string>((resolve, reject) => {
      get(`http://${server.metricsAddress}/metrics`, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve(body));
      }).on('error', reject);
    });
    await entered.promise;
    const closed = server.close();
    slow.resolve('late\n');
    assert.equal(await reply, 'late\n');
    await closed;
  });

  it('reads addresses', () => {
    assert.deepEqual(parseListenAddress(':8080'), { host: undefined, port: 8080 });
    assert.deepEqual(parseListenAddress('[::1]:9'), { host: '::1', port: 9 });
    assert.deepEqual(parseListenAddress('localhost:0'), { host: 'localhost', port: 0 });
    for (const text of ['off', '8080', ':65536', 'a:b:1', '']) assert.equal(parseListenAddress(text), undefined, text);
  });
});
