/** Why a JSON path cannot be read; never leaves the reader. */
export class PathProblem extends Error {}

/** Where the reader of a path stands. */
export interface Cursor {
  readonly source: string;
  at: number;
}

/** Steps over `text` when it stands here. */
export function take(cursor: Cursor, text: string): boolean {
  if (!cursor.source.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

export function skipSpaces(cursor: Cursor): void {
  while (cursor.source[cursor.at] === ' ') cursor.at += 1;
}

/** The text between the quotes that begin here; a backslash takes the next character as it is. */
export function readQuoted(cursor: Cursor): string {
  const quote = cursor.source[cursor.at];
  if (quote !== '"' && quote !== "'") throw new PathProblem('a quoted name is missing');
  let text = '';
  for (let at = cursor.at + 1; at < cursor.source.length; at += 1) {
    const character = cursor.source[at] ?? '';
    if (character === quote) {
      cursor.at = at + 1;
      return text;
    }
    if (character === '\\') at += 1;
    text += cursor.source[at] ?? '';
  }
  throw new PathProblem(`${quote} is never closed`);
}
