import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Millis } from '../api/time.ts';
import { SluiceError } from '../ports/errors.ts';
import type { Credentials, TlsMaterial } from './api-endpoint.ts';

/** Connections to the API server for everything but watches. */
const UNARY_CONNECTIONS = 32;
/** What undici waits for a reply at least; the transport's own timer ends a shorter wait. */
const LEAST_HEADERS_TIMEOUT = 30_000;
const CONNECT_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 30_000;
/** A dead peer on a silent watch is noticed by TCP probes that begin after this. */
const TCP_KEEP_ALIVE = 15_000;

interface AgentPair {
  readonly tlsIdentity: string;
  readonly unary: Dispatcher;
  readonly watch: Dispatcher;
}

/** Long-lived connection pools: one for unary calls and one for watches, each of HTTP/1.1 (a watch holds its socket). */
export interface Agents {
  unary(credentials: Credentials): Dispatcher;
  watch(credentials: Credentials): Dispatcher;
  close(): Promise<void>;
}

function tlsOptions(tls: TlsMaterial): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

interface Limits {
  readonly connections?: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

function buildAgent(tls: TlsMaterial, proxyUrl: string | undefined, limits: Limits): Dispatcher {
  const common = { allowH2: false, keepAliveTimeout: IDLE_TIMEOUT, ...limits };
  const connect = { timeout: CONNECT_TIMEOUT, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE };
  if (proxyUrl !== undefined) return new ProxyAgent({ ...common, uri: proxyUrl, requestTls: tlsOptions(tls), connect });
  return new Agent({ ...common, connect: { ...connect, ...tlsOptions(tls) } });
}

/** Pools that are rebuilt when the certificates change; requests on the old ones may end there. A request timeout of 0 is none. */
export function createAgents(proxyUrl: string | undefined, requestTimeout: Millis): Agents {
  if (proxyUrl?.startsWith('socks') === true) {
    throw new SluiceError(
      'spec_invalid',
      'the kubeconfig names a SOCKS proxy, which is not supported; use an http:// or https:// proxy-url',
    );
  }
  const headersTimeout = requestTimeout === 0 ? 0 : Math.max(LEAST_HEADERS_TIMEOUT, requestTimeout);
  let pair: AgentPair | undefined;

  function pairFor(credentials: Credentials): AgentPair {
    if (pair !== undefined && pair.tlsIdentity === credentials.tlsIdentity) return pair;
    const old = pair;
    pair = {
      tlsIdentity: credentials.tlsIdentity,
      unary: buildAgent(credentials.tls, proxyUrl, { connections: UNARY_CONNECTIONS, headersTimeout, bodyTimeout: headersTimeout }),
      watch: buildAgent(credentials.tls, proxyUrl, { headersTimeout, bodyTimeout: 0 }),
    };
    void old?.unary.close();
    void old?.watch.close();
    return pair;
  }

  return {
    unary: (credentials) => pairFor(credentials).unary,
    watch: (credentials) => pairFor(credentials).watch,
    async close() {
      const last = pair;
      pair = undefined;
      await Promise.all([last?.unary.destroy(), last?.watch.destroy()]);
    },
  };
}
