import type { CliContext } from '../context.ts';

const HOME = '\u001b[H';
const CLEAR_REST_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_SCREEN = '\u001b[2J';

/** Shows a picture again and again: drawn over itself on a terminal, only the lines that changed elsewhere. */
export interface Screen {
  /** `compare` holds the same lines without what changes by itself (ages); a line counts as changed when that differs. */
  show(lines: readonly string[], compare?: readonly string[]): void;
}

/** A {@link Screen} on standard output. */
export function createScreen(context: CliContext): Screen {
  return context.terminal.outIsTerminal ? terminalScreen(context) : lineScreen(context);
}

function terminalScreen(context: CliContext): Screen {
  let first = true;
  return {
    show(lines) {
      const body = lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('');
      context.out(`${first ? CLEAR_SCREEN : ''}${HOME}${body}${CLEAR_BELOW}`);
      first = false;
    },
  };
}

function lineScreen(context: CliContext): Screen {
  let before: ReadonlySet<string> = new Set();
  return {
    show(lines, compare) {
      const keys = compare !== undefined && compare.length === lines.length ? compare : lines;
      const changed = lines.filter((_, index) => !before.has(keys[index] ?? ''));
      before = new Set(keys);
      if (changed.length > 0) context.out(`${changed.join('\n')}\n`);
    },
  };
}
