import type { Block, Page } from './markdown.ts';
import { blocksOf } from './markdown.ts';

export interface ShellCommand {
  readonly words: readonly string[];
  /** `docs/install.md:12: kubectl sluice version`. */
  readonly where: string;
}

/** Splits a line into words as a shell would, without expanding anything. */
export function splitWords(line: string): readonly string[] {
  return Array.from(line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g), ([word]) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

/** Lines with their continuations; in a console block only what follows a prompt. */
function linesOf({ language, text }: Block): readonly string[] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  const typed = language === 'console' ? lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2)) : lines;
  return typed.map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter((line) => line !== '');
}

/** Every command that a page tells people to type. */
export function shellCommands(page: Page): readonly ShellCommand[] {
  return blocksOf(page, 'sh', 'console').flatMap((block) =>
    linesOf(block)
      .flatMap((line) => line.split(/\s(?:&&|\|)\s/))
      .map((line) => ({ words: splitWords(line), where: `${page.path}:${block.line}: ${line.trim()}` })),
  );
}
