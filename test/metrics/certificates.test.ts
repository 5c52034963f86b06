import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import { instant, millis } from '../../src/api/time.ts';
import { selfSigned } from '../support/certificate.ts';
import { endpointAt } from './metric-source-contract.ts';

const source = createMetricSource({ clock: createSystemClock() });
const ours = selfSigned('127.0.0.1');
const elsewhere = selfSigned('127.0.0.2');

describe('M22: the certificate of a provider', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  const addresses: Record<'ours' | 'elsewhere', string> = { ours: '', elsewhere: '' };

  before(async () => {
    for (const [name, pair] of [
      ['ours', ours],
      ['elsewhere', elsewhere],
    ] as const) {
      const server = createServer(pair, (_, response) => response.end('{"ok": true}'));
      servers.push(server);
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const bound = server.address();
      addresses[name] = `https://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
    }
  });
  after(() => {
    for (const server of servers) server.close();
  });

  const ask = async (address: string, authority?: string): Promise<string> => {
    const endpoint = endpointAt(address, { authority });
    const reply = await source.query({ type: 'web', endpoint, method: 'GET', path: '', at: instant(0), timeout: millis(5000) });
    return reply.kind === 'failed' ? `${reply.reason}: ${reply.message}` : reply.kind;
  };

  it('holds when the authority is the one that the MetricProvider names', async () => {
    assert.equal(await ask(addresses.ours, ours.cert), 'json');
  });

  it('is refused without it, with another one, and for another address, and the message says what to set', async () => {
    assert.match(
      await ask(addresses.ours),
      /^bad_certificate: the certificate of the provider cannot be verified \(DEPTH_ZERO_SELF_SIGNED_CERT\): set tls\.caSecretRef in MetricProvider default$/,
    );
    assert.match(await ask(addresses.ours, elsewhere.cert), /^bad_certificate/);
    assert.match(await ask(addresses.elsewhere, elsewhere.cert), /^bad_certificate: .*ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('is verified whatever the environment says', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      assert.match(await ask(addresses.ours), /^bad_certificate/);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });
});
