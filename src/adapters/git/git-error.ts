import { type ErrorCode, SluiceError } from '../../ports/errors.ts';
import type { RepositoryFailure } from '../../ports/repository.ts';

/** stderr patterns, first match wins. Only for telling people what to do: whether a push happened is never read from text. */
const PATTERNS: readonly (readonly [RepositoryFailure, RegExp])[] = [
  [
    'Authentication',
    /authentication failed|could not read (username|password)|terminal prompts disabled|permission denied \(|invalid credentials|returned error: 40[13]|host key verification failed/i,
  ],
  [
    'Missing',
    /repository .*not found|couldn't find remote ref|does not appear to be a git repository|returned error: 404|not our ref|does not exist|bad object|not a valid object name|unknown revision|not a tree object|upload-pack: not our ref/i,
  ],
  [
    'Unreachable',
    /could not resolve host|failed to connect|couldn't connect|connection (refused|reset|timed out)|network is unreachable|early eof|hung up unexpectedly|ssl|tls|certificate|returned error: (429|5\d\d)|rpc failed|operation too slow|unable to access/i,
  ],
  [
    'Corrupt',
    /corrupt|loose object .* is corrupt|bad (pack|index)|inflate|missing (blob|tree|commit)|unable to read (tree|sha1)|index file smaller|pack has .* unresolved/i,
  ],
];

const CODE: Readonly<Record<RepositoryFailure, ErrorCode>> = {
  Authentication: 'forbidden',
  Unreachable: 'unavailable',
  Missing: 'not_found',
  Timeout: 'timeout',
  TooLarge: 'unavailable',
  Corrupt: 'unavailable',
  Invalid: 'spec_invalid',
  Unknown: 'unavailable',
};

/** What kind of failure git's stderr tells of. */
export function classifyStderr(stderr: string): RepositoryFailure {
  return PATTERNS.find(([, pattern]) => pattern.test(stderr))?.[0] ?? 'Unknown';
}

// oxlint-disable-next-line no-control-regex -- escape sequences are what it looks for
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** Foreign output for people: one line, no control characters or escapes, no user info in addresses, cut. */
export function showForeign(text: string, limit = 400): string {
  const plain = text
    .replaceAll(ANSI, '')
    .replaceAll(/:\/\/[^/\s@]*@/g, '://')
    .replaceAll(/\b(authorization|bearer|password|token)\b\s*[:=]?\s*\S+/gi, '$1 [removed]')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    // Durations differ each time: the same failure gives the same message, and so no write of its own.
    .replaceAll(/ after \d+ (ms|milliseconds)\b/g, '')
    .trim();
  return plain.length > limit ? `${plain.slice(0, limit)}...` : plain;
}

/** The error of one repository call. */
export function gitError(failure: RepositoryFailure, message: string): SluiceError {
  return new SluiceError(CODE[failure], message, { details: { git: failure } });
}
