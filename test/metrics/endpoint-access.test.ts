import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import type { HttpEndpoint } from '../../src/api/metric-provider.ts';
import { millis } from '../../src/api/time.ts';
import { readAccess } from '../../src/controllers/analysis/endpoint-access.ts';
import type { EndpointAccess, MetricReply } from '../../src/ports/metrics.ts';
import { SecretValue } from '../../src/ports/secret.ts';
import { endpointAt } from './metric-source-contract.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const CANARY = 'c4nary-t0ken';
const clock = createSystemClock();
const source = createMetricSource({ clock });

const SECRETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  login: { username: 'sluice', password: CANARY },
  token: { token: CANARY, other: `other-${CANARY}` },
  ca: { 'ca.crt': '-----BEGIN CERTIFICATE-----\n' },
  broken: { token: `${CANARY}\r\nX-Evil: 1`, username: '', password: CANARY },
};

const readSecret = async (name: string): Promise<ReadonlyMap<string, SecretValue> | undefined> => {
  const found = Object.entries(SECRETS[name] ?? {});
  return found.length === 0 ? undefined : new Map(found.map(([key, value]) => [key, new SecretValue(value)]));
};

async function access(spec: Partial<HttpEndpoint>): Promise<EndpointAccess> {
  const read = await readAccess({ address: 'https://x', ...spec }, readSecret);
  return typeof read === 'string' ? assert.fail(read) : read;
}

async function problem(spec: Partial<HttpEndpoint>): Promise<string> {
  const read = await readAccess({ address: 'https://x', ...spec }, readSecret);
  const text = typeof read === 'string' ? read : assert.fail('nothing was missing');
  assert.ok(!text.includes(CANARY), 'no credential in a message');
  return text;
}

describe('the credentials of a MetricProvider', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer();
    server.answer = (request, response) => {
      const at = clock.now() / 1000;
      if (request.headers.authorization === undefined) response.writeHead(401).end(CANARY);
      else response.end(JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [at, '1'] } }));
    };
  });
  after(() => server.close());

  const ask = (given: EndpointAccess): Promise<MetricReply> =>
    source.query({ type: 'prometheus', endpoint: endpointAt(server.address, given), query: 'up', at: clock.now(), timeout: millis(3000) });

  it('come from Secrets as user and password, as a token, and as headers of the platform team', async () => {
    assert.equal((await ask(await access({ basicAuth: { secretRef: { name: 'login' } } }))).kind, 'scalar');
    assert.equal(server.requests.at(-1)?.headers.authorization, `Basic ${Buffer.from(`sluice:${CANARY}`).toString('base64')}`);
    assert.equal((await ask(await access({ bearerToken: { secretRef: { name: 'token' } } }))).kind, 'scalar');
    assert.equal(server.requests.at(-1)?.headers.authorization, `Bearer ${CANARY}`);
    const headers = [
      { key: 'X-Scope-OrgID', value: 'shop' },
      { key: 'X-Api-Key', secretRef: { name: 'token', key: 'other' } },
    ];
    await ask(await access({ bearerToken: { secretRef: { name: 'token' } }, headers }));
    const sent = server.requests.at(-1)?.headers;
    assert.deepEqual([sent?.['x-scope-orgid'], sent?.['x-api-key']], ['shop', `other-${CANARY}`]);
  });

  it('that are refused are told from a provider that is down', async () => {
    const reply = await ask({ headers: [] });
    assert.ok(reply.kind === 'failed');
    assert.deepEqual(
      [reply.reason, reply.message],
      ['unauthorized', 'the provider refuses access (401): check the credentials of MetricProvider default'],
    );
  });

  it('S15: cannot be printed, whichever way', async () => {
    const given = await access({
      basicAuth: { secretRef: { name: 'login' } },
      headers: [{ key: 'X', secretRef: { name: 'token', key: 'other' } }],
    });
    for (const text of [JSON.stringify(given), inspect(given, { depth: 9 }), String(given.basic?.password)])
      assert.ok(!text.includes(CANARY), text);
  });

  it('are named by field, Secret and key when they are missing', async () => {
    assert.match(
      await problem({ basicAuth: { secretRef: { name: 'none' } } }),
      /^basicAuth\.secretRef: the Secret none does not exist .* name it in the chart's secrets/,
    );
    assert.match(
      await problem({ bearerToken: { secretRef: { name: 'login' } } }),
      /^bearerToken\.secretRef: the Secret login has no key token; add it$/,
    );
    assert.match(await problem({ tls: { caSecretRef: { name: 'token' } } }), /^tls\.caSecretRef: the Secret token has no key ca\.crt/);
    assert.match(
      await problem({
        headers: [
          { key: 'A', value: 'b' },
          { key: 'C', secretRef: { name: 'token', key: 'c' } },
        ],
      }),
      /^headers\[1\]\.secretRef: the Secret token has no key c/,
    );
  });

  it('cannot smuggle a header in', async () => {
    assert.match(await problem({ bearerToken: { secretRef: { name: 'broken' } } }), /holds line breaks or other control characters/);
  });
});
