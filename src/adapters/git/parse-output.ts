import type { LogEntry, Trailer, TreeEntry } from '../../ports/repository.ts';

const TYPE_OF_MODE: Readonly<Record<string, TreeEntry['type']>> = {
  '100644': 'file',
  '100755': 'file',
  '100664': 'file',
  '120000': 'symlink',
  '160000': 'submodule',
};
const TRAILER = /^([A-Za-z0-9][A-Za-z0-9-]*):\s*(.*)$/;

/** Output of `ls-tree -r -z --full-tree`: one `<mode> <type> <oid>\t<path>` each. */
export function parseTree(output: string): readonly TreeEntry[] {
  return output
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const tab = record.indexOf('\t');
      const [mode = '', , oid = ''] = record.slice(0, tab).split(' ');
      return { path: record.slice(tab + 1), mode, oid, type: TYPE_OF_MODE[mode] ?? 'submodule' };
    });
}

/** Trailer lines as `%(trailers:only,unfold)` prints them. */
export function parseTrailers(lines: readonly string[]): readonly Trailer[] {
  return lines.flatMap((line) => {
    const match = TRAILER.exec(line);
    return match === null ? [] : [{ key: match[1] ?? '', value: (match[2] ?? '').trim() }];
  });
}

/** Starts each record of the log; a NUL cannot be in a commit message, a path or a name. */
export const LOG_FORMAT = '%x00%x00%H%x00%P%x00%s%x00%(trailers:only,unfold)%x00';

/** Output of `log -z --name-only` with {@link LOG_FORMAT}. */
export function parseLog(output: string): readonly LogEntry[] {
  // `-z` ends every path with NUL too, and no field but the file list can hold an empty one: records start at the doubled NUL.
  const fields = output.split('\0');
  const entries: LogEntry[] = [];
  let at = 0;
  while (at < fields.length) {
    if (fields[at] !== '' || !/^[0-9a-f]{40,64}$/.test(fields[at + 1] ?? '')) {
      at += 1;
      continue;
    }
    const [oid = '', parents = '', subject = '', trailers = ''] = fields.slice(at + 1, at + 5);
    // git puts an empty field and a line break between our format and the first path.
    let end = fields[at + 5] === '' && fields[at + 6]?.startsWith('\n') === true ? at + 6 : at + 5;
    const files: string[] = [];
    while (end < fields.length && fields[end] !== '') {
      files.push(files.length === 0 ? (fields[end] ?? '').replace(/^\n/, '') : (fields[end] ?? ''));
      end += 1;
    }
    entries.push({
      oid,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      subject,
      trailers: parseTrailers(trailers.split('\n')),
      files: files.filter((file) => file !== '').toSorted(),
    });
    at = end;
  }
  return entries;
}

/** Output of `cat-file --batch`: `<oid> <type> <size>\n<bytes>\n` each. Undefined for a record that is missing or no blob. */
export function parseBatch(output: Buffer): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  let at = 0;
  while (at < output.length) {
    const newline = output.indexOf(0x0a, at);
    if (newline < 0) break;
    const [oid = '', type = '', size = ''] = output.toString('utf8', at, newline).split(' ');
    if (type === 'missing' || size === '') {
      found.set(oid, undefined);
      at = newline + 1;
      continue;
    }
    const length = Number(size);
    found.set(oid, type === 'blob' ? output.toString('utf8', newline + 1, newline + 1 + length) : undefined);
    at = newline + 1 + length + 1;
  }
  return found;
}
