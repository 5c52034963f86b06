import { pino } from 'pino';
import { formatInstant } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { errorFields } from './error-fields.ts';
import { isSecretKey, redactText, redactValue } from './redact.ts';
import { formatTextLine } from './text-line.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** JSON for machines, text for people. */
  readonly format: 'json' | 'text';
  readonly clock: Pick<Clock, 'now'>;
  /** Gets each finished line, line feed included. */
  readonly write: (line: string) => void;
  /** Colours in text; ignored in JSON. */
  readonly color?: boolean | undefined;
}

type Fields = Readonly<Record<string, unknown>>;
type Level = LoggerOptions['level'];

/** The structured log: `time level msg` and the fields, without credentials. A field that is an Error becomes `err.code`, `err.message`, `err.cause`. */
export function createLogger(options: LoggerOptions): Log {
  return options.format === 'json' ? createJsonLog(options) : createTextLog(options, {});
}

function createJsonLog(options: LoggerOptions): Log {
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'msg',
      // Errors are plain fields by now; pino's own serializer would add empty ones.
      serializers: { err: (value: unknown) => value },
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.write },
  );
  const wrap = (logger: typeof root): Log => {
    const emit =
      (level: Level) =>
      (message: string, fields: Fields = {}) => {
        if (logger.isLevelEnabled(level)) logger[level](cleanFields(fields), redactText(message));
      };
    return {
      debug: emit('debug'),
      info: emit('info'),
      warn: emit('warn'),
      error: emit('error'),
      child: (fields) => wrap(logger.child(cleanFields(fields))),
    };
  };
  return wrap(root);
}

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

function createTextLog(options: LoggerOptions, bound: Fields): Log {
  const emit =
    (level: Level) =>
    (message: string, fields: Fields = {}) => {
      if (RANK[level] < RANK[options.level]) return;
      const entry = {
        time: formatInstant(options.clock.now()),
        level,
        message: redactText(message),
        fields: { ...bound, ...cleanFields(fields) },
      };
      options.write(`${formatTextLine(entry, options.color ?? false)}\n`);
    };
  return {
    debug: emit('debug'),
    info: emit('info'),
    warn: emit('warn'),
    error: emit('error'),
    child: (fields) => createTextLog(options, { ...bound, ...cleanFields(fields) }),
  };
}

/** The names that a line has of its own: a field of that name moves aside instead of making the line ambiguous. */
const RESERVED: ReadonlySet<string> = new Set(['time', 'level', 'msg']);

function cleanFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const name = RESERVED.has(key) ? `${key}_` : key;
      if (value instanceof Error) return [name === 'error' ? 'err' : name, errorFields(value)];
      return [name, isSecretKey(key) ? '[redacted]' : redactValue(value)];
    }),
  );
}
