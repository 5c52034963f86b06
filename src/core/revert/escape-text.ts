/** Words of a chat or forge that act: `[skip ci]` and its kin lose their brackets with all others; these have none. */
const ACTING_WORDS = /\bskip-checks\b|\bNO_CI\b|\bci\.skip\b/gi;

/** Colours and cursor movements of a terminal (ECMA-48 control sequences). */
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[ -/]*[@-~]`, 'g');

/** Brackets around numbers alone (`result[0]`, `[0.97,0.98]`) stay readable, unless what follows makes a link of them. */
const ACTING_OPENING = /\[(?!(?=[., -]*[0-9])[0-9., -]+\](?![([:]))/g;
const ACTING_CLOSING = /(?<!\[(?=[., -]*[0-9])[0-9., -]+)\]|\](?=[([:])/g;

/**
 * Foreign text as one harmless line: no control or format characters (ANSI, bidi, zero width), no line breaks, and nothing that a forge acts on:
 * mentions, issue references, links, commands in brackets. Letters of every script, digits and punctuation stay readable.
 */
export function escapeText(text: string, limit: number): string {
  const plain = text
    .normalize('NFC')
    .replaceAll(ANSI, '')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{Sm}\p{Sc} ]/gu, '')
    .replaceAll(ACTING_OPENING, '(')
    .replaceAll(ACTING_CLOSING, ')')
    .replaceAll(/\*{2,}/g, '*')
    .replaceAll(/@(?=\S)/g, '@ ')
    .replaceAll(/([#!])(?=[\p{L}\p{N}])/gu, '$1 ')
    .replaceAll(/\bGH-(?=\d)/gi, 'GH ')
    .replaceAll('://', ' ')
    .replaceAll(ACTING_WORDS, (word) => word.replaceAll(/[-_.]/g, ' '))
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  const characters = Array.from(plain);
  return characters.length > limit
    ? `${characters
        .slice(0, limit - 3)
        .join('')
        .trimEnd()}...`
    : plain;
}
