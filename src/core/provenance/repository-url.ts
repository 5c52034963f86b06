/** A repository address in its parts. User names and passwords are refused where they could be sent along. */
export interface RepositoryUrl {
  readonly scheme: 'https' | 'http' | 'ssh' | 'file';
  /** Lower case, with the port when it is not the scheme's own; empty for `file`. */
  readonly host: string;
  /** Without leading slash, trailing slash and `.git`; for `file` the absolute path as given. */
  readonly path: string;
}

export type RepositoryUrlResult = { readonly ok: true; readonly value: RepositoryUrl } | { readonly ok: false; readonly problem: string };

const DEFAULT_PORT: Readonly<Record<string, string>> = { https: '443', http: '80', ssh: '22' };
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^\[[0-9A-Fa-f:.]+\]$/;
const PATH = /^[A-Za-z0-9._~%+@/-]+$/;
const SCP = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)(.+)$/;
const FULL = /^(https|http|ssh|file):\/\/(?:([^/@]*)@)?([^/:@]*|\[[^\]]*\])(?::([0-9]{1,5}))?(\/.*)$/i;

function refused(problem: string): RepositoryUrlResult {
  return { ok: false, problem };
}

function cleanPath(path: string): string | undefined {
  const trimmed = path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  const unsafe =
    trimmed === '' || !PATH.test(trimmed) || trimmed.startsWith('-') || trimmed.split('/').some((part) => part === '..' || part === '.');
  return unsafe ? undefined : trimmed;
}

interface Parts {
  readonly scheme: string;
  readonly user: string;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string;
}

/** An address in its parts, as it is written; undefined when it is neither a URL nor `host:path`. */
function partsOf(url: string): Parts | undefined {
  const full = FULL.exec(url);
  if (full !== null) {
    const [, scheme = '', user = '', host = '', port, path = ''] = full;
    return { scheme: scheme.toLowerCase(), user, host, port, path };
  }
  const scp = SCP.exec(url);
  if (scp === null) return undefined;
  const [, host = '', path = ''] = scp;
  return { scheme: 'ssh', user: '', host, port: undefined, path };
}

function userProblem({ scheme, user }: Parts): string | undefined {
  if (scheme !== 'ssh' && user !== '') return 'it holds a user name or password; put them into the Secret';
  return user.includes(':') ? 'it holds a password; put a key into the Secret' : undefined;
}

function readLocal({ host, path }: Parts): RepositoryUrlResult {
  const safe = host === '' && PATH.test(path) && !path.split('/').includes('..');
  return safe
    ? { ok: true, value: { scheme: 'file', host: '', path: path.replace(/\/+$/, '') } }
    : refused('the file path is not absolute and plain');
}

function readRemote(parts: Parts, scheme: 'https' | 'http' | 'ssh'): RepositoryUrlResult {
  const path = cleanPath(parts.path);
  if (!HOST.test(parts.host) || path === undefined) return refused('host or path hold characters that a repository address cannot have');
  const port = parts.port === undefined || parts.port === DEFAULT_PORT[scheme] ? '' : `:${parts.port}`;
  return { ok: true, value: { scheme, host: `${parts.host.toLowerCase()}${port}`, path } };
}

/** Reads `https://host/path.git`, `ssh://git@host/path` and `git@host:path`; `http` and `file` only when local addresses are allowed (demo, tests). */
export function parseRepositoryUrl(url: string, options: { readonly allowLocal?: boolean } = {}): RepositoryUrlResult {
  const parts = partsOf(url);
  if (parts === undefined) return refused('it is no https or ssh address of a repository');
  const problem = userProblem(parts);
  if (problem !== undefined) return refused(problem);
  switch (parts.scheme) {
    case 'https':
    case 'ssh':
      return readRemote(parts, parts.scheme);
    case 'http':
    case 'file':
      if (options.allowLocal !== true) return refused(`${parts.scheme} is not allowed; use https or ssh`);
      return parts.scheme === 'file' ? readLocal(parts) : readRemote(parts, parts.scheme);
    default:
      return refused('use https or ssh');
  }
}

/** The address without user, default port and `.git`: what status shows. */
export function formatRepositoryUrl(url: RepositoryUrl): string {
  return url.scheme === 'file' ? `file://${url.path}` : `${url.scheme}://${url.host}/${url.path}`;
}

/** {@link formatRepositoryUrl} of a text; undefined when it is no repository address. */
export function normaliseRepositoryUrl(text: string): string | undefined {
  const parsed = parseRepositoryUrl(text, { allowLocal: true });
  return parsed.ok ? formatRepositoryUrl(parsed.value) : undefined;
}

/** Whether two addresses name one repository: same host and path, over https or ssh. `http` and `file` are equal only to themselves. */
export function sameRepository(a: string, b: string): boolean {
  const left = parseRepositoryUrl(a, { allowLocal: true });
  const right = parseRepositoryUrl(b, { allowLocal: true });
  if (!left.ok || !right.ok) return false;
  const remote = (url: RepositoryUrl): string => (url.scheme === 'https' || url.scheme === 'ssh' ? 'remote' : url.scheme);
  return remote(left.value) === remote(right.value) && left.value.host === right.value.host && left.value.path === right.value.path;
}
