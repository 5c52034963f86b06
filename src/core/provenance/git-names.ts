const OID = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const BRANCH = /^[A-Za-z0-9_][A-Za-z0-9._/+@=#-]*$/;

/** Whether a text is a full object id. */
export function isObjectId(text: string): boolean {
  return OID.test(text);
}

/** Whether a text can name a branch: the rules of `git check-ref-format`, narrowed to characters that no tool reads as anything else. */
export function isBranchName(text: string): boolean {
  if (text.length > 253 || !BRANCH.test(text) || text.includes('..') || text.includes('//') || text.includes('@{') || text === '@')
    return false;
  if (text.endsWith('/') || text.endsWith('.') || text.startsWith('refs/') || text === 'HEAD') return false;
  return text.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE_PATH = /[\u0000-\u001f\u007f\\]/;

/** Whether a path can stand in a tree that Sluice reads or writes: relative, no `.`, `..`, `.git` or empty part, no control characters. */
export function isTreePath(path: string): boolean {
  if (path === '' || path.length > 1024 || UNSAFE_PATH.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git');
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE_AUTHOR = /[<>\u0000-\u001f]/;

/** Whether a text can stand as name or address in a commit header. */
export function isAuthorText(text: string): boolean {
  return !UNSAFE_AUTHOR.test(text) && text.trim() !== '';
}

/** A directory as people write it (`./apps/shop/`, `/`, absent) as a tree path; '' is the root, undefined means that it leaves the repository. */
export function normaliseDirectory(path: string | undefined): string | undefined {
  const trimmed = (path ?? '').replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  if (trimmed === '' || trimmed === '.') return '';
  return isTreePath(trimmed) ? trimmed : undefined;
}

/** Whether `path` is `directory` or lies in it; a shared beginning of a name is not enough (`apps/shop` does not hold `apps/shop-2`). */
export function isInside(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}
