import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve as resolvePath } from 'node:path';
import { type Cluster, type Context, KubeConfig, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import { SluiceError } from '../ports/errors.ts';
import type { ApiEndpoint, Credentials, TlsMaterial } from './api-endpoint.ts';
import { type CredentialFiles, createCredentialFiles } from './credential-files.ts';
import { safeText } from './safe-text.ts';

export interface KubeConfigSource {
  /** Service account of the pod instead of a kubeconfig. */
  readonly inCluster?: boolean | undefined;
  /** As `--kubeconfig`; else `$KUBECONFIG`, `~/.kube/config`, then the pod's service account. */
  readonly file?: string | undefined;
  /** As `--context`; else the current one. */
  readonly context?: string | undefined;
  readonly clock: Clock;
}

/** A 401 makes cached credentials void at most this often: one that stays must not start a plugin for every request. */
const DISTRUST_EVERY: Millis = millis(10_000);

interface Chosen {
  readonly cluster: Cluster;
  readonly user: User;
  readonly namespace: string | undefined;
}

function unusable(why: string, cause?: unknown): SluiceError {
  return new SluiceError('spec_invalid', `cannot use the kubeconfig: ${why}`, { cause });
}

/** Entries of several files: the first one of a name counts, as in kubectl. */
function firstByName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  const seen = new Map<string, T>();
  for (const entry of entries) if (!seen.has(entry.name)) seen.set(entry.name, entry);
  return [...seen.values()];
}

const tokenFilesSchema = z.object({
  users: z.array(z.object({ name: z.string(), user: z.object({ tokenFile: z.string().optional() }).nullish() })).nullish(),
});

/** The file's users, with `tokenFile` as kubectl reads it: client-node knows only a `token-file` that it reads once. */
function usersOf(path: string, part: KubeConfig): readonly User[] {
  const raw = tokenFilesSchema.safeParse(parse(readFileSync(path, 'utf8')));
  const entries = raw.success ? (raw.data.users ?? []) : [];
  return part.getUsers().map((user) => {
    const tokenFile = entries.find((entry) => entry.name === user.name)?.user?.tokenFile;
    if (tokenFile === undefined || tokenFile === '') return user;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolvePath(dirname(path), tokenFile) } } };
  });
}

function fromFiles(paths: readonly string[]): KubeConfig {
  const parts = paths.map((path) => {
    const part = new KubeConfig();
    part.loadFromFile(path);
    return { config: part, users: usersOf(path, part) };
  });
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstByName(parts.flatMap((part) => part.config.getClusters())),
    users: firstByName(parts.flatMap((part) => part.users)),
    contexts: firstByName(parts.flatMap((part) => part.config.getContexts())),
    currentContext: parts.map((part) => part.config.getCurrentContext()).find((name) => Boolean(name)) ?? '',
  });
  return merged;
}

function loadRaw(source: KubeConfigSource): KubeConfig {
  if (source.inCluster === true) {
    if (process.env['KUBERNETES_SERVICE_HOST'] === undefined)
      throw unusable('not inside a pod (KUBERNETES_SERVICE_HOST is not set); name a kubeconfig file');
    const config = new KubeConfig();
    config.loadFromCluster();
    return config;
  }
  if (source.file !== undefined) return fromFiles([source.file]);
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const present = (named.length > 0 ? named : [join(homedir(), '.kube', 'config')]).filter((path) => existsSync(path));
  if (present.length > 0) return fromFiles(present);
  if (named.length > 0) throw unusable(`KUBECONFIG names no file that exists: ${safeText(named.join(', '))}`);
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return loadRaw({ ...source, inCluster: true });
  throw unusable('there is no ~/.kube/config; set KUBECONFIG to the one to use');
}

function choose(source: KubeConfigSource): Chosen {
  const config = loadRaw(source);
  const name = source.context ?? config.getCurrentContext();
  if (!name) throw unusable('it has no current context; use --context');
  const context: Context | null = config.getContextObject(name);
  if (context === null)
    throw unusable(
      `it has no context "${safeText(name)}"; the contexts are: ${safeText(
        config
          .getContexts()
          .map((known) => known.name)
          .join(', '),
      )}`,
    );
  const cluster = config.getCluster(context.cluster);
  if (cluster === null) throw unusable(`context "${safeText(name)}" names the cluster "${safeText(context.cluster)}", which is missing`);
  if (!URL.canParse(cluster.server)) throw unusable(`cluster "${safeText(cluster.name)}" has no usable server address`);
  return { cluster, user: config.getUser(context.user) ?? { name: 'anonymous' }, namespace: context.namespace };
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
  const { certFile, keyFile, ...user } = chosen.user;
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
  try {
    chosen = choose(source);
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
    return config.credentials();
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
