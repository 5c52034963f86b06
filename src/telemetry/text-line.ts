export interface TextEntry {
  readonly time: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const COLORS: Readonly<Record<TextEntry['level'], number>> = { debug: 2, info: 36, warn: 33, error: 31 };

/** `12:04:05 info  message  key=value`: one line for people; line breaks and control characters are escaped. */
export function formatTextLine(entry: TextEntry, color: boolean): string {
  const level = entry.level.padEnd(5);
  const painted = color ? `\u001b[${COLORS[entry.level]}m${level}\u001b[0m` : level;
  const fields = Object.entries(entry.fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${fieldText(value)}`);
  return [entry.time.slice(11, 19), painted, escapeControls(entry.message), ...(fields.length === 0 ? [] : ['', ...fields])].join(' ');
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const plain = /^[^\s"=]+$/u.test(text) || typeof value !== 'string' ? text : JSON.stringify(text);
  return escapeControls(plain);
}

function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
