import { createHash } from 'node:crypto';

/** A tree flattened: path -> mode and blob. */
export type FlatTree = ReadonlyMap<string, { readonly mode: string; readonly oid: string }>;

export interface SimCommit {
  readonly oid: string;
  readonly tree: FlatTree;
  readonly parents: readonly string[];
  readonly message: string;
}

function objectId(type: string, body: Buffer): string {
  return createHash('sha1').update(`${type} ${body.length}\0`).update(body).digest('hex');
}

/** Object id of a file, as git computes it. */
export function blobId(text: string): string {
  return objectId('blob', Buffer.from(text, 'utf8'));
}

/** Object id of a whole tree, as git computes it: names in byte order, directories as if they ended in a slash. */
export function treeId(tree: FlatTree): string {
  const children = new Map<string, { mode: string; oid: string } | Map<string, { readonly mode: string; readonly oid: string }>>();
  for (const [path, entry] of tree) {
    const slash = path.indexOf('/');
    if (slash < 0) {
      children.set(path, entry);
      continue;
    }
    const name = path.slice(0, slash);
    const known = children.get(name);
    const directory = known instanceof Map ? known : new Map<string, { readonly mode: string; readonly oid: string }>();
    directory.set(path.slice(slash + 1), entry);
    children.set(name, directory);
  }
  const sortKey = (name: string): Buffer => Buffer.from(children.get(name) instanceof Map ? `${name}/` : name, 'utf8');
  const names = [...children.keys()].toSorted((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
  const records = names.flatMap((name) => {
    const child = children.get(name);
    if (child === undefined) return [];
    const [mode, oid] = child instanceof Map ? ['40000', treeId(child)] : [child.mode, child.oid];
    return [Buffer.from(`${mode} ${name}\0`, 'utf8'), Buffer.from(oid, 'hex')];
  });
  return objectId('tree', Buffer.concat(records));
}

export interface CommitBody {
  readonly tree: FlatTree;
  readonly parents: readonly string[];
  readonly author: { readonly name: string; readonly email: string };
  /** Seconds since the epoch; the zone is always UTC. */
  readonly seconds: number;
  readonly message: string;
}

/** Object id of a commit, as `git commit-tree` makes it. */
export function commitId(body: CommitBody): string {
  const who = `${body.author.name} <${body.author.email}> ${body.seconds} +0000`;
  const lines = [
    `tree ${treeId(body.tree)}`,
    ...body.parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
    '',
    body.message,
  ];
  return objectId('commit', Buffer.from(lines.join('\n'), 'utf8'));
}

/** Subject and trailers of a message: the trailers are the last paragraph when every line of it is one. */
export function readMessage(message: string): {
  readonly subject: string;
  readonly trailers: readonly { readonly key: string; readonly value: string }[];
} {
  const paragraphs = message.trim().split(/\n{2,}/);
  const subject = (paragraphs[0] ?? '').split('\n').join(' ');
  const last = paragraphs.length > 1 ? (paragraphs.at(-1) ?? '').split('\n') : [];
  const trailers = last.map((line) => /^([A-Za-z0-9][A-Za-z0-9-]*):\s*(.*)$/.exec(line));
  const all = trailers.length > 0 && trailers.every((match) => match !== null);
  return { subject, trailers: all ? trailers.map((match) => ({ key: match?.[1] ?? '', value: (match?.[2] ?? '').trim() })) : [] };
}
