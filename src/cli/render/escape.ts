const ESC = '\u001b';
const BELL = '\u0007';
/** Beginnings and end of escape sequences in their one-byte forms. */
const CSI = '\u009b';
const STRING_START = '\u0090\u0098\u009d-\u009f';
const STRING_END = '\u009c';

/** CSI sequences; OSC, DCS, APC, PM and SOS strings with what they carry; two-byte escapes. */
const ESCAPE_SEQUENCE = new RegExp(
  [
    `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]`,
    `(?:${ESC}[\\]PX^_]|[${STRING_START}])[^${BELL}${ESC}${STRING_END}]*(?:${BELL}|${ESC}\\\\|${STRING_END}|$)`,
    `${ESC}[ -/]*[0-~]`,
  ].join('|'),
  'gu',
);

/** Controls, direction changes, zero-width and tag characters, line separators, lone surrogates: whatever changes how the rest is read. */
const UNSAFE_CHARACTER = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text from the cluster as one safe line: no escape sequence, no control or direction character, line breaks as one space (M10).
 * Cut to `limit` characters, because a message may be 32 KiB long.
 */
export function clean(text: string, limit = 1000): string {
  const oneLine = text
    .replace(ESCAPE_SEQUENCE, '')
    .replace(/[\r\n\t\u0085\u2028\u2029]+/gu, ' ')
    .replace(UNSAFE_CHARACTER, '')
    .trim();
  const characters = Array.from(oneLine);
  return characters.length <= limit ? oneLine : `${characters.slice(0, limit - 1).join('')}…`;
}

/** A text of several lines, each saying a thing of its own, as one safe line. */
export function cleanLines(text: string): string {
  return clean(text.replace(/\n+/gu, '; '));
}

/** Whether a string holds a character that {@link escapeUnsafe} writes in another way. Line feed and tab are safe. */
export function isUnsafe(text: string): boolean {
  return text.replace(/[\n\t]/gu, '').search(UNSAFE_CHARACTER) !== -1;
}

/** JSON or double-quoted YAML text with every unsafe character as `\uXXXX`: nothing is lost and nothing reaches the terminal. */
export function escapeUnsafe(serialized: string): string {
  return serialized.replace(UNSAFE_CHARACTER, (character) =>
    character === '\n' || character === '\t' ? character : [...utf16Units(character)].join(''),
  );
}

function* utf16Units(character: string): Generator<string> {
  for (let index = 0; index < character.length; index += 1) {
    yield `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
}
