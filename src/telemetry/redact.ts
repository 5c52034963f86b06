/** Keys whose values are credentials whatever they hold, compared without case, dashes and underscores. */
const SECRET_KEY = /^(?:.*(?:password|passwd|passphrase|secret|token|authorization|apikey|credential|privatekey|cookie)|bearer)$/u;
/** Keys that only look like one. */
const HARMLESS_KEY: ReadonlySet<string> = new Set(['secretname', 'secretref', 'tokenpath', 'continuetoken']);

/** The user-info part of a URL, with or without a scheme's usual letters. */
const USER_INFO = /\b([a-zA-Z][a-zA-Z0-9+.-]{1,20}:\/\/)[^\s/@'"]+@/gu;
/** `Bearer abc`, `Basic abc`, as headers and tools print them. */
const SCHEME_CREDENTIAL = /\b(bearer|basic|token)[ :=]+[A-Za-z0-9._~+/=-]{8,}/giu;
/** `?access_token=abc`, `password=abc`. */
const PAIR_CREDENTIAL = /\b([a-z_-]*(?:token|password|passwd|secret|api[_-]?key))=[^\s&'"]+/giu;
/** Tokens that forges issue, by their fixed beginnings, and JSON Web Tokens. */
const KNOWN_TOKEN =
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)/gu;

/** Private keys in PEM, whole or cut off. */
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu;

const HIDDEN = '[redacted]';
const DEEPEST = 8;

/** Text without user info of URLs and without what looks like a credential: the second line of defence, the first is not to log them (M11). */
export function redactText(text: string): string {
  return text
    .replace(PRIVATE_KEY, HIDDEN)
    .replace(USER_INFO, `$1${HIDDEN}@`)
    .replace(SCHEME_CREDENTIAL, `$1 ${HIDDEN}`)
    .replace(PAIR_CREDENTIAL, `$1=${HIDDEN}`)
    .replace(KNOWN_TOKEN, HIDDEN);
}

/** Whether a key names a credential. */
export function isSecretKey(key: string): boolean {
  const plain = key.toLowerCase().replaceAll(/[-_.]/gu, '');
  return SECRET_KEY.test(plain) && !HARMLESS_KEY.has(plain);
}

/** A copy of plain data without credentials; what is nested too deeply, or in a circle, is cut. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[cut]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, isSecretKey(key) ? HIDDEN : redactValue(item, depth + 1)]));
}
