import type { AnalysisArg } from '../../api/analysis.ts';

/** A text with its arguments filled in, or why they cannot be. */
export type Substituted =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string; readonly remedy: string };

/** The value of each declared argument; undefined for one that still has to be given. */
export type ArgumentValues = ReadonlyMap<string, string | undefined>;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/y;
const PLACEHOLDERS = /\{\{\s*([^{}]*?)\s*\}\}/g;
const ARGUMENT = /^args\.([A-Za-z0-9_.-]+)$/;
const PLAIN = /^(?:-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|(?:[0-9]+(?:ms|[smhdwy]))+|[A-Za-z_:][A-Za-z0-9_:]*)$/;
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** The values of a spec's arguments by name; undefined for one that still has to be given. */
export function argumentValues(args: readonly AnalysisArg[] | undefined): ArgumentValues {
  return new Map((args ?? []).map((arg) => [arg.name, arg.value]));
}

function lookup(placeholder: string, values: ArgumentValues): Substituted {
  const name = ARGUMENT.exec(placeholder)?.[1];
  if (name === undefined) {
    return { ok: false, problem: `{{${placeholder}}} is no argument`, remedy: 'write {{args.<name>}}' };
  }
  if (!values.has(name)) {
    return { ok: false, problem: `the argument ${name} is used but not declared`, remedy: `add it to args: {name: ${name}, value: ...}` };
  }
  const value = values.get(name);
  if (value === undefined) {
    return {
      ok: false,
      problem: `the argument ${name} has no value`,
      remedy: `give it in the Rollout's analysis args, or a default in the template`,
    };
  }
  return { ok: true, text: value };
}

/** A text as the inside of a PromQL or CEL string in these quotes: it cannot end the string. Undefined where no escape exists. */
function encodeString(text: string, quote: string): string | undefined {
  if (quote === '`') return text.includes('`') ? undefined : text;
  let encoded = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\\' || character === quote) encoded += `\\${character}`;
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) encoded += `\\u${code.toString(16).padStart(4, '0')}`;
    else encoded += character;
  }
  return encoded;
}

/** How one language takes values in. */
interface Language {
  /** Characters that open and close a string, and `#` where it begins a comment. */
  readonly quotes: string;
  /** A value that stands outside every string. */
  outside(value: string, name: string): Substituted;
}

const PROMQL: Language = {
  quotes: '"\'`#',
  outside: (value, name) =>
    PLAIN.test(value)
      ? { ok: true, text: value }
      : {
          ok: false,
          problem: `the value of ${name} stands outside a quoted string and is not a plain number, duration or identifier`,
          remedy: `put it into a label matcher, as in {service="{{${name}}}"}`,
        },
};

const CEL: Language = {
  quotes: '"\'',
  outside: (value, name) =>
    NUMBER.test(value)
      ? { ok: true, text: value }
      : {
          ok: false,
          problem: `the value of ${name} in a condition is not a number`,
          remedy: `give a plain number such as 0.95, or compare with a text: result == "{{${name}}}"`,
        },
};

function place(language: Language, value: string, name: string, quote: string): Substituted {
  if (quote === '' || quote === '#') return language.outside(value, name);
  const encoded = encodeString(value, quote);
  if (encoded !== undefined) return { ok: true, text: encoded };
  return { ok: false, problem: `the value of ${name} holds a backtick inside a backtick string`, remedy: 'quote the matcher with "' };
}

/** The quote that is open after `character`, '' outside strings; `#` stands for a comment. */
function nextQuote(language: Language, quote: string, character: string): string {
  if (quote === '') return language.quotes.includes(character) ? character : '';
  if (quote === '#') return character === '\n' ? '' : '#';
  return character === quote ? '' : quote;
}

/** One pass over a source text: values are placed by where they stand, and braces in a value are text, never expanded again. */
function substituteSource(language: Language, source: string, values: ArgumentValues): Substituted {
  let text = '';
  let quote = '';
  let index = 0;
  while (index < source.length) {
    PLACEHOLDER.lastIndex = index;
    const match = PLACEHOLDER.exec(source);
    if (match !== null) {
      const name = match[1] ?? '';
      const found = lookup(name, values);
      if (!found.ok) return found;
      const placed = place(language, found.text, name, quote);
      if (!placed.ok) return placed;
      text += placed.text;
      index = PLACEHOLDER.lastIndex;
      continue;
    }
    const character = source[index] ?? '';
    const escaped = character === '\\' && (quote === '"' || quote === "'");
    text += escaped ? source.slice(index, index + 2) : character;
    index += escaped ? 2 : 1;
    if (!escaped) quote = nextQuote(language, quote, character);
  }
  return { ok: true, text };
}

/**
 * Fills `{{args.x}}` into a PromQL query. A value inside a quoted string is encoded, so that it stays inside; elsewhere only a plain number, duration or
 * identifier is taken (M2).
 */
export function substituteQuery(query: string, values: ArgumentValues): Substituted {
  return substituteSource(PROMQL, query, values);
}

/** Fills `{{args.x}}` into a condition: plain numbers, and any text inside quotes, where it stays text. */
export function substituteCondition(condition: string, values: ArgumentValues): Substituted {
  return substituteSource(CEL, condition, values);
}

function substituteEach(text: string, values: ArgumentValues, encode: (value: string, name: string) => Substituted): Substituted {
  let problem: Substituted | undefined;
  const filled = text.replace(PLACEHOLDERS, (_, name: string) => {
    const found = lookup(name, values);
    const placed = found.ok ? encode(found.text, name) : found;
    if (placed.ok) return placed.text;
    problem ??= placed;
    return '';
  });
  return problem ?? { ok: true, text: filled };
}

/** Fills `{{args.x}}` in as it is: for texts that no other language is read out of. */
export function substituteText(text: string, values: ArgumentValues): Substituted {
  return substituteEach(text, values, (value) => ({ ok: true, text: value }));
}

/** Fills `{{args.x}}` into a path and query of a URL, percent-encoded, so that a value can open no other path, parameter or fragment. */
export function substituteUrlPart(text: string, values: ArgumentValues): Substituted {
  return substituteEach(text, values, (value, name) => {
    // A dot segment stays one whatever its encoding.
    if (value === '.' || value === '..')
      return { ok: false, problem: `the value of ${name} is a dot segment, which would change the path`, remedy: 'give a name' };
    // A lone surrogate has no encoding in UTF-8.
    return { ok: true, text: encodeURIComponent(value.toWellFormed()) };
  });
}

/** Fills `{{args.x}}` into every text of a JSON value; its structure stays as it is. */
export function substituteJson(
  value: unknown,
  values: ArgumentValues,
): { readonly ok: true; readonly value: unknown } | Extract<Substituted, { ok: false }> {
  if (typeof value === 'string') {
    const filled = substituteText(value, values);
    return filled.ok ? { ok: true, value: filled.text } : filled;
  }
  if (typeof value !== 'object' || value === null) return { ok: true, value };
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const filled = substituteJson(member, values);
    if (!filled.ok) return filled;
    members.push([key, filled.value]);
  }
  return { ok: true, value: Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members) };
}
