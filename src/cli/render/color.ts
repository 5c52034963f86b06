import type { Terminal } from '../context.ts';

export type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'dim' | 'strong' | 'plain';

/** Puts text in a tone; the identity when colour is off. */
export type Paint = (tone: Tone, text: string) => string;

const CODES: Readonly<Record<Exclude<Tone, 'plain'>, readonly [number, number]>> = {
  good: [32, 39],
  busy: [36, 39],
  wait: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
  strong: [1, 22],
};

/** A {@link Paint} that writes ANSI colours when `enabled`. */
export function createPaint(enabled: boolean): Paint {
  if (!enabled) return (_tone, text) => text;
  return (tone, text) => {
    if (tone === 'plain' || text === '') return text;
    const [on, off] = CODES[tone];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

/** Colour only on a terminal that shows it, and never with NO_COLOR (https://no-color.org: any non-empty value) or `--no-color`. */
export function wantsColor(terminal: Terminal, flag: boolean): boolean {
  const noColor = terminal.env['NO_COLOR'];
  return flag && terminal.outIsTerminal && (noColor === undefined || noColor === '') && terminal.env['TERM'] !== 'dumb';
}
