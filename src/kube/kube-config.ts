import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { type Millis, millis } from '../api/time.ts';
import { SluiceError } from '../ports/errors.ts';
import type { ApiEndpoint, Credentials, TlsMaterial } from './api-endpoint.ts';
import { type Chosen, chooseFromKubeConfig, type KubeConfigSource, unusable } from './choose-from-kube-config.ts';
import { type CredentialFiles, createCredentialFiles } from './credential-files.ts';
import { impersonationHeaders } from './impersonation.ts';
import type { KnownUser } from './kube-config-overrides.ts';
import { safeText } from './safe-text.ts';

/** A 401 makes cached credentials void at most this often: one that stays must not start a plugin for every request. */
const DISTRUST_EVERY: Millis = millis(10_000);

/** The headers of what the user acts as; none when as itself. */
function actingHeaders({ actsAs }: KnownUser): Credentials['headers'] {
  const { user, uid, groups, extra } = actsAs ?? {};
  if (user !== undefined && user !== '') return impersonationHeaders({ user, uid, groups, extra });
  if (uid === undefined && (groups ?? []).length === 0 && Object.keys(extra ?? {}).length === 0) return {};
  throw unusable('it asks to act with a uid, groups or extra fields, and not as whom; name the user with --as, or in the field `as`');
}

function tokenFileOf(user: User): string | undefined {
  const path: unknown = user.authProvider?.config?.tokenFile;
  return typeof path === 'string' ? path : undefined;
}

/** What kubectl tells a credential plugin; v1 plugins insist on it. */
function withExecInfo(user: User): User {
  if (user.exec === undefined || user.exec === null) return user;
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion: user.exec.apiVersion, spec: { interactive: false } });
  return { ...user, exec: { ...user.exec, env: [...(user.exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: info }] } };
}

async function base64Of(files: CredentialFiles, path: string | undefined, data: string | undefined): Promise<string | undefined> {
  return path === undefined ? data : (await files.read(path)).toString('base64');
}

/** The chosen cluster and user with the present content of their files in place of the paths. */
async function withoutFiles(chosen: Chosen, files: CredentialFiles): Promise<{ cluster: Cluster; user: User }> {
  const { caFile, ...cluster } = chosen.cluster;
  const { certFile, keyFile, actsAs: _actsAs, impersonateUser: _impersonateUser, ...user } = chosen.user;
  const tokenFile = tokenFileOf(chosen.user);
  const caData = await base64Of(files, caFile, cluster.caData);
  const certData = await base64Of(files, certFile, user.certData);
  const keyData = await base64Of(files, keyFile, user.keyData);
  const token = tokenFile === undefined ? user.token : (await files.read(tokenFile)).toString('utf8').trim();
  // client-node refuses http:// unless this is set; without TLS there is nothing to verify.
  const skipTLSVerify = cluster.skipTLSVerify || cluster.server.startsWith('http:');
  const { authProvider, ...rest } = user;
  return {
    cluster: { ...cluster, skipTLSVerify, ...(caData === undefined ? {} : { caData }) },
    user: withExecInfo({
      ...rest,
      ...(tokenFile === undefined && authProvider !== undefined ? { authProvider } : {}),
      ...(certData === undefined ? {} : { certData }),
      ...(keyData === undefined ? {} : { keyData }),
      ...(token === undefined ? {} : { token }),
    }),
  };
}

function identityOf(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key, tls.passphrase, tls.servername, tls.rejectUnauthorized]) {
    const bytes = Buffer.from(part === undefined ? '' : Buffer.isBuffer(part) ? part : String(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}

function textOrBytes(value: unknown): string | Buffer | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;
}

async function askKubeConfig(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (typeof options.auth === 'string') headers['authorization'] ??= `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const servername: unknown = Reflect.get(options, 'servername');
  const tls: TlsMaterial = {
    ca: textOrBytes(options.ca),
    cert: textOrBytes(options.cert),
    key: textOrBytes(options.key),
    ...(typeof options.passphrase === 'string' ? { passphrase: options.passphrase } : {}),
    ...(typeof servername === 'string' ? { servername } : {}),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
  };
  return { headers, tls, tlsIdentity: identityOf(tls) };
}

/** Whether the same content gives the same credentials at any time: nothing has to be run or asked for them. */
function isStatic(user: User): boolean {
  return (user.exec ?? undefined) === undefined && (user.authProvider ?? undefined) === undefined;
}

/** The first result for all calls; a failure is tried again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

function credentialError(user: User, error: unknown): SluiceError {
  const why = safeText(error instanceof Error ? error.message : String(error)).slice(0, 200);
  return new SluiceError('forbidden', `no credentials for kubeconfig user "${safeText(user.name)}": ${why}`, { cause: error });
}

/**
 * The endpoint that a kubeconfig context, or the pod's service account, describes. Files are followed as they rotate; a credential plugin runs once however
 * many calls wait for it, and again when what it gave has expired or was refused.
 */
export function loadKubeConfig(source: KubeConfigSource): ApiEndpoint {
  let chosen: Chosen;
  let acting: Credentials['headers'];
  try {
    chosen = chooseFromKubeConfig(source);
    acting = actingHeaders(chosen.user);
  } catch (error) {
    throw error instanceof SluiceError ? error : unusable(safeText(error instanceof Error ? error.message : String(error)), error);
  }
  const { clock } = source;
  const files = createCredentialFiles(clock);
  let config: { readonly content: string; readonly credentials: () => Promise<Credentials> } | undefined;
  let pending: Promise<Credentials> | undefined;
  let distrustedAt: Millis | undefined;

  async function resolve(): Promise<Credentials> {
    const parts = await withoutFiles(chosen, files);
    const content = JSON.stringify(parts);
    if (config?.content !== content) {
      const value = new KubeConfig();
      value.loadFromClusterAndUser(parts.cluster, parts.user);
      config = { content, credentials: isStatic(parts.user) ? once(() => askKubeConfig(value)) : () => askKubeConfig(value) };
    }
    const own = await config.credentials();
    return { ...own, headers: { ...own.headers, ...acting } };
  }

  return {
    server: chosen.cluster.server,
    namespace: chosen.namespace === '' ? undefined : chosen.namespace,
    proxyUrl: chosen.cluster.proxyUrl,
    credentials() {
      pending ??= resolve()
        .catch((error: unknown) => {
          throw credentialError(chosen.user, error);
        })
        .finally(() => {
          pending = undefined;
        });
      return pending;
    },
    rejected() {
      if (distrustedAt !== undefined && clock.monotonic() - distrustedAt < DISTRUST_EVERY) return;
      distrustedAt = clock.monotonic();
      files.distrust();
      config = undefined;
    },
  };
}
