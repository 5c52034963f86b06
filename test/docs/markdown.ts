import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Block {
  /** What follows the fence: `yaml`, `sh`; empty for a plain block. */
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The nearest heading above it. */
  readonly heading: string;
}

export interface Page {
  /** Path in the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

interface OpenBlock {
  readonly language: string;
  readonly indent: string;
  readonly line: number;
  readonly body: string[];
}

/** The fenced blocks of a Markdown text, those inside of lists without their indentation; a fence that is not closed throws. */
export function readBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: OpenBlock | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (open === undefined) {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
      if (fence !== null) open = { language: (fence[2] ?? '').trim(), indent: fence[1] ?? '', line: index + 1, body: [] };
    } else if (fence === null) {
      open.body.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else {
      blocks.push({ language: open.language, text: open.body.map((one) => `${one}\n`).join(''), line: open.line, heading });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`the block at line ${open.line} is not closed`);
  return blocks;
}

/** One page with its blocks. */
export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, blocks: readBlocks(text) };
}

/** The README and every page of docs/. */
export function readPages(): readonly Page[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
  return ['README.md', ...docs.toSorted().map((file) => `docs/${file}`)].map(readPage);
}

/** The blocks of one language. */
export function blocksOf(page: Page, ...languages: readonly string[]): readonly Block[] {
  return page.blocks.filter((block) => languages.includes(block.language));
}
