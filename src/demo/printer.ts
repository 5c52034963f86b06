import type { Millis } from '../api/time.ts';

const DIM = '\u001B[2m';
const BOLD = '\u001B[1m';
const RED = '\u001B[31m';
const GREEN = '\u001B[32m';
const RESET = '\u001B[0m';

/** The demo's timeline on the screen. */
export interface Printer {
  chapter(title: string): void;
  /** One line of the timeline: when, who, what. A repeated line is printed once. */
  line(who: string, text: string): void;
  note(text: string): void;
  block(text: string): void;
  claim(holds: boolean, claim: string, found: string): void;
  failure(text: string): void;
}

/** A printer; colours only when asked for. */
export function createPrinter(options: {
  readonly out: (text: string) => void;
  readonly color: boolean;
  readonly sinceStart: () => Millis;
}): Printer {
  const { out, color } = options;
  const paint = (code: string, text: string): string => (color ? `${code}${text}${RESET}` : text);
  let last = '';
  return {
    chapter: (title) => out(`\n${paint(BOLD, title)}\n\n`),
    line: (who, text) => {
      const said = `${who} ${text}`;
      if (said === last) return;
      last = said;
      const seconds = (options.sinceStart() / 1000).toFixed(1).padStart(5);
      out(`${paint(DIM, `${seconds} s`)}  ${who.padEnd(9)} ${/\b(BAD|Breach|Degraded)\b/.test(text) ? paint(RED, text) : text}\n`);
    },
    note: (text) => out(`\n${text}\n`),
    block: (text) =>
      out(
        `${text
          .trimEnd()
          .split('\n')
          .map((line) => (line === '' ? '' : `    ${line}`))
          .join('\n')}\n`,
      ),
    claim: (holds, claim, found) => out(`  ${holds ? paint(GREEN, 'yes') : paint(RED, 'NO ')}  ${claim} ${paint(DIM, `(${found})`)}\n`),
    failure: (text) => out(`\n${paint(RED, text)}\n`),
  };
}
