import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve as resolvePath } from 'node:path';
import { type Cluster, type Context, KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import { SluiceError } from '../ports/errors.ts';
import { type KnownUser, type KubeConfigOverrides, overrideCluster, overrideUser } from './kube-config-overrides.ts';
import { safeText } from './safe-text.ts';

export interface KubeConfigSource {
  /** Service account of the pod instead of a kubeconfig. */
  readonly inCluster?: boolean | undefined;
  /** As `--kubeconfig`; else `$KUBECONFIG`, `~/.kube/config`, then the pod's service account. */
  readonly file?: string | undefined;
  /** As `--context`; else the current one. */
  readonly context?: string | undefined;
  readonly overrides?: KubeConfigOverrides | undefined;
  readonly clock: Clock;
}

/** The one cluster that is spoken to, and as whom. */
export interface Chosen {
  readonly cluster: Cluster;
  readonly user: KnownUser;
  readonly namespace: string | undefined;
}

/** The error of a kubeconfig that cannot be used. */
export function unusable(why: string, cause?: unknown): SluiceError {
  return new SluiceError('spec_invalid', `cannot use the kubeconfig: ${why}`, { cause });
}

/** Entries of several files: the first one of a name counts, as in kubectl. */
function firstByName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  const seen = new Map<string, T>();
  for (const entry of entries) if (!seen.has(entry.name)) seen.set(entry.name, entry);
  return [...seen.values()];
}

const usersSchema = z.object({
  users: z
    .array(
      z.object({
        name: z.string(),
        user: z
          .object({
            tokenFile: z.string().nullish(),
            as: z.string().nullish(),
            'as-uid': z.string().nullish(),
            'as-groups': z.array(z.string()).nullish(),
            'as-user-extra': z.record(z.string(), z.array(z.string())).nullish(),
          })
          .nullish(),
      }),
    )
    .nullish(),
});

/** The file's users as kubectl reads them: client-node knows only a `token-file` that it reads once, and `as` without groups. */
function usersOf(path: string, part: KubeConfig): readonly KnownUser[] {
  const raw = usersSchema.safeParse(parse(readFileSync(path, 'utf8')));
  // Going on without a part of `as` would act with other rights than were asked for.
  if (!raw.success) throw unusable(raw.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; '));
  return part.getUsers().map((user) => {
    const entry = raw.data.users?.find(({ name }) => name === user.name)?.user;
    const known: KnownUser = {
      ...user,
      actsAs: {
        user: entry?.as ?? undefined,
        uid: entry?.['as-uid'] ?? undefined,
        groups: entry?.['as-groups'] ?? undefined,
        extra: entry?.['as-user-extra'] ?? undefined,
      },
    };
    const tokenFile = entry?.tokenFile ?? '';
    if (tokenFile === '') return known;
    return { ...known, authProvider: { name: 'tokenFile', config: { tokenFile: resolvePath(dirname(path), tokenFile) } } };
  });
}

/** What the files, or the pod, say. */
interface Loaded {
  readonly config: KubeConfig;
  readonly users: readonly KnownUser[];
}

function fromFiles(paths: readonly string[]): Loaded {
  const parts = paths.map((path) => {
    const part = new KubeConfig();
    part.loadFromFile(path);
    return { config: part, users: usersOf(path, part) };
  });
  const merged = new KubeConfig();
  const users = firstByName(parts.flatMap((part) => part.users));
  merged.loadFromOptions({
    clusters: firstByName(parts.flatMap((part) => part.config.getClusters())),
    users,
    contexts: firstByName(parts.flatMap((part) => part.config.getContexts())),
    currentContext: parts.map((part) => part.config.getCurrentContext()).find((name) => Boolean(name)) ?? '',
  });
  return { config: merged, users };
}

function loadRaw(source: KubeConfigSource): Loaded {
  if (source.inCluster === true) {
    if (process.env['KUBERNETES_SERVICE_HOST'] === undefined)
      throw unusable('not inside a pod (KUBERNETES_SERVICE_HOST is not set); name a kubeconfig file');
    const config = new KubeConfig();
    config.loadFromCluster();
    return { config, users: config.getUsers() };
  }
  if (source.file !== undefined) return fromFiles([source.file]);
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const present = (named.length > 0 ? named : [join(homedir(), '.kube', 'config')]).filter((path) => existsSync(path));
  if (present.length > 0) return fromFiles(present);
  if (named.length > 0) throw unusable(`KUBECONFIG names no file that exists: ${safeText(named.join(', '))}`);
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return loadRaw({ ...source, inCluster: true });
  if (source.overrides?.server !== undefined) return { config: new KubeConfig(), users: [] };
  throw unusable('there is no ~/.kube/config; set KUBECONFIG to the one to use');
}

function quotedNames(entries: readonly { readonly name: string }[]): string {
  return safeText(entries.map(({ name }) => name).join(', '));
}

/** The chosen context; undefined where there is none and another server is named, which needs none. */
function chooseContext(config: KubeConfig, source: KubeConfigSource): Context | undefined {
  const name = source.context ?? config.getCurrentContext();
  if (!name) {
    if (source.overrides?.server !== undefined || source.overrides?.cluster !== undefined) return undefined;
    throw unusable('it has no current context; use --context');
  }
  const context = config.getContextObject(name);
  if (context !== null) return context;
  throw unusable(`it has no context "${safeText(name)}"; the contexts are: ${quotedNames(config.getContexts())}`);
}

function chooseCluster(config: KubeConfig, context: Context | undefined, flags: KubeConfigOverrides): Cluster {
  const name = flags.cluster ?? context?.cluster;
  const found = name === undefined ? null : config.getCluster(name);
  if (found !== null) return found;
  if (flags.cluster !== undefined)
    throw unusable(`it has no cluster "${safeText(flags.cluster)}"; the clusters are: ${quotedNames(config.getClusters())}`);
  if (flags.server !== undefined) return { name: 'given', server: flags.server, skipTLSVerify: false };
  throw unusable(`context "${safeText(context?.name ?? '')}" names the cluster "${safeText(name ?? '')}", which is missing`);
}

function chooseUser(users: readonly KnownUser[], context: Context | undefined, flags: KubeConfigOverrides): KnownUser {
  const name = flags.user ?? context?.user;
  const found = users.find((user) => user.name === name);
  if (found !== undefined) return found;
  if (flags.user !== undefined) throw unusable(`it has no user "${safeText(flags.user)}"; the users are: ${quotedNames(users)}`);
  return { name: 'anonymous' };
}

/** Picks cluster and user as kubectl does; throws with what there is to pick from. */
export function chooseFromKubeConfig(source: KubeConfigSource): Chosen {
  const { config, users } = loadRaw(source);
  const flags = source.overrides ?? {};
  const context = chooseContext(config, source);
  const cluster = overrideCluster(chooseCluster(config, context, flags), flags);
  const user = overrideUser(chooseUser(users, context, flags), flags);
  if (!URL.canParse(cluster.server)) throw unusable(`cluster "${safeText(cluster.name)}" has no usable server address`);
  return { cluster, user, namespace: context?.namespace };
}
