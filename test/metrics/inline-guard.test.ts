import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createHttpAsker } from '../../src/adapters/metrics/http/ask-http.ts';
import { type CheckedAddress, createInlineGuard, type ResolvedAddress } from '../../src/adapters/metrics/http/inline-guard.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import { instant, millis } from '../../src/api/time.ts';
import type { MetricReply } from '../../src/ports/metrics.ts';
import { json } from './http-shapes.ts';
import { endpointAt } from './metric-source-contract.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const PUBLIC: ResolvedAddress = { address: '93.184.216.34', family: 4 };

/** Names of these tests, and what each stands for. */
const NAMES: Readonly<Record<string, readonly ResolvedAddress[]>> = {
  'metrics.example.com': [PUBLIC],
  'rebound.example.com': [{ address: '127.0.0.1', family: 4 }],
  'half.example.com': [PUBLIC, { address: '10.1.2.3', family: 4 }],
  'six.example.com': [{ address: '::ffff:169.254.169.254', family: 6 }],
  'prometheus.monitoring': [{ address: '10.96.0.7', family: 4 }],
  'empty.example.com': [],
};

function guard(allowedHosts: readonly string[] = []): (address: string) => Promise<CheckedAddress> {
  const check = createInlineGuard({
    allowedHosts,
    resolve: async (host) => {
      const found = NAMES[host];
      if (found === undefined) throw new Error('ENOTFOUND');
      return found;
    },
  });
  return (address) => check(new URL(address));
}

async function verdict(address: string, allowedHosts: readonly string[] = []): Promise<string> {
  const checked = await guard(allowedHosts)(address);
  return 'kind' in checked ? checked.reason : checked.address;
}

/** Addresses that mean this machine, a link, a group or a metadata service, in the spellings that guards have missed. */
const NEVER: readonly string[] = [
  '127.0.0.1',
  '127.1',
  '127.255.255.254',
  '0',
  '0.0.0.0',
  '0x7f000001',
  '0x7f.1',
  '017700000001',
  '0177.0.0.1',
  '2130706433',
  '169.254.169.254',
  '169.254.0.1',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:169.254.169.254]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2001:0:1::1]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[fd00:ec2::254]',
];

const PRIVATE: readonly string[] = [
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '198.18.0.1',
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '0xa000001',
  '167772161',
  '[::ffff:10.0.0.1]',
  '[::ffff:192.168.0.1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[2001:db8::1]',
];

describe('M1: an address that stands in a template', () => {
  for (const host of NEVER) {
    it(`${host} is refused, listed or not`, async () => {
      assert.equal(await verdict(`https://${host}/`), 'address_refused');
      const { hostname } = new URL(`https://${host}/`);
      assert.equal(await verdict(`https://${host}/`, [hostname]), 'address_refused');
    });
  }

  for (const host of PRIVATE) {
    it(`${host} is refused, unless the platform team lists it`, async () => {
      assert.equal(await verdict(`https://${host}/`), 'address_refused');
      const { hostname } = new URL(`https://${host}/`);
      assert.doesNotMatch(await verdict(`https://${host}/`, [hostname]), /refused/);
    });
  }

  it('is judged by all that its name stands for', async () => {
    assert.equal(await verdict('https://metrics.example.com/x'), PUBLIC.address);
    assert.equal(await verdict('https://rebound.example.com/x'), 'address_refused');
    assert.equal(await verdict('https://half.example.com/x'), 'address_refused');
    assert.equal(await verdict('https://six.example.com/x'), 'address_refused');
    assert.equal(await verdict('https://empty.example.com/x'), 'unreachable');
    assert.equal(await verdict('https://unknown.example.com/x'), 'unreachable');
  });

  it('is https, unless the platform team lists its host, by name or with a port', async () => {
    assert.equal(await verdict('http://metrics.example.com/x'), 'address_refused');
    assert.equal(await verdict('http://prometheus.monitoring:9090/'), 'address_refused');
    assert.equal(await verdict('http://prometheus.monitoring:9090/', ['prometheus.monitoring']), '10.96.0.7');
    assert.equal(await verdict('http://prometheus.monitoring:9090/', ['Prometheus.Monitoring:9090']), '10.96.0.7');
    assert.equal(await verdict('http://prometheus.monitoring:9091/', ['prometheus.monitoring:9090']), 'address_refused');
    assert.equal(await verdict('https://metrics.example.com/', ['other']), PUBLIC.address);
  });

  it('and public addresses of both families pass', async () => {
    for (const host of ['8.8.8.8', '[2606:4700::1111]', '172.32.0.1', '192.169.0.1', '11.0.0.1'])
      assert.doesNotMatch(await verdict(`https://${host}/`), /refused/, host);
  });
});

describe('a request to an address out of a template', () => {
  let server: ScriptedServer;
  let port: string;
  before(async () => {
    server = await startScriptedServer();
    server.answer = json({ ok: true });
    ({ port } = new URL(server.address));
  });
  after(() => server.close());

  const ask = (
    address: string,
    options: { resolve?: () => Promise<readonly ResolvedAddress[]>; timeout?: number } = {},
  ): Promise<MetricReply> => {
    const source = createMetricSource({
      clock: createSystemClock(),
      resolve: options.resolve,
      inlineEndpointHosts: ['localhost', 'listed.example'],
    });
    const endpoint = { ...endpointAt(address), inline: true };
    return source.query({ type: 'web', endpoint, method: 'GET', path: '', at: instant(0), timeout: millis(options.timeout ?? 3000) });
  };

  it('reaches nothing on this machine, by number or by name', async () => {
    for (const address of [server.address, `http://localhost:${port}`, `http://[::1]:${port}`, `https://127.0.0.1:${port}`]) {
      const reply = await ask(address);
      assert.ok(reply.kind === 'failed');
      assert.equal(reply.reason, 'address_refused', address);
      assert.match(reply.message, /name a MetricProvider instead/);
    }
    assert.equal(server.requests.length, 0);
  });

  it('goes to the address that was checked, whatever the name stands for by then', async () => {
    let checks = 0;
    const ask = createHttpAsker({
      clock: createSystemClock(),
      checkInline: async () => {
        checks += 1;
        return { address: '127.0.0.1', family: 4 };
      },
    });
    const url = new URL(`http://checked.invalid:${port}/x`);
    const endpoint = { ...endpointAt(url.href), inline: true };
    const answer = await ask({ endpoint, url, method: 'GET', headers: {}, timeout: millis(3000) });
    assert.equal(answer.kind, 'answer');
    assert.deepEqual([checks, server.requests.at(-1)?.headers.host], [1, `checked.invalid:${port}`]);
    server.requests.length = 0;
  });

  it('ends at its deadline also while the name is looked up', async () => {
    const reply = await ask('https://slow.example/', { resolve: () => new Promise(() => undefined), timeout: 100 });
    assert.equal(reply.kind === 'failed' && reply.reason, 'timeout');
  });
});
