import type { Headers } from './impersonation.ts';

/** What a TLS connection to the API server is made with. */
export interface TlsMaterial {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly passphrase?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

/** How to prove who we are, now. `tlsIdentity` changes when `tls` does: connections made with another one must not be reused. */
export interface Credentials {
  readonly headers: Headers;
  readonly tls: TlsMaterial;
  readonly tlsIdentity: string;
}

/** An API server and how to speak to it. */
export interface ApiEndpoint {
  /** `https://host:port[/prefix]`, or `http://` as on loopback. */
  readonly server: string;
  /** Namespace of the context, for commands that were given none. */
  readonly namespace: string | undefined;
  readonly proxyUrl: string | undefined;
  /** Credentials for the next request; calls at the same time share one look-up. */
  credentials(): Promise<Credentials>;
  /** The server answered 401: do not use what is cached again. */
  rejected(): void;
}

/** An endpoint that needs no credentials, such as the demo's on loopback. */
export function plainEndpoint(server: string, namespace?: string): ApiEndpoint {
  const credentials: Credentials = { headers: {}, tls: {}, tlsIdentity: '' };
  return { server, namespace, proxyUrl: undefined, credentials: () => Promise.resolve(credentials), rejected: () => undefined };
}
