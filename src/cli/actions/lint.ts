import { formatProblem } from '../../api/field-problem.ts';
import type { DocumentLint } from '../../core/lint/document-lint.ts';
import { lintDocuments } from '../../core/lint/lint-documents.ts';
import { ended, wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { clean } from '../render/escape.ts';

/** Checks every document of the files and prints all problems, one a line, as `file:line: object: field: problem; remedy`. */
export async function runLint(context: Pick<CliContext, 'out' | 'readInput'>, files: readonly string[]): Promise<void> {
  let documents = 0;
  let wrong = 0;
  for (const file of files) {
    const found = lintDocuments(await read(context, file));
    documents += found.length;
    for (const document of found) {
      const name = file === '-' ? 'standard input' : clean(file);
      const findings = [
        ...[...document.problems, ...document.unsupported].map((found) => ({ found, what: '' })),
        ...document.warnings.map((found) => ({ found, what: 'warning: ' })),
      ];
      for (const { found, what } of findings.toSorted((left, right) => left.found.line - right.found.line))
        context.out(`${name}:${found.line}: ${subject(document)}${what}${clean(formatProblem(found))}\n`);
      wrong += document.problems.length + document.unsupported.length;
    }
  }
  const counted = `${documents} document${documents === 1 ? '' : 's'}`;
  if (wrong === 0) {
    context.out(`${counted}, no problems\n`);
    return;
  }
  context.out(`${counted}, ${wrong} problem${wrong === 1 ? '' : 's'}\n`);
  throw ended(EXIT.refused);
}

async function read(context: Pick<CliContext, 'readInput'>, file: string): Promise<string> {
  try {
    return await context.readInput(file);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw wrongUsage(`cannot read "${file}": ${message}`, 'name a file with YAML documents, or - for standard input');
  }
}

/** `Rollout shop/checkout: `; empty for a document that does not say what it is. */
function subject({ kind, namespace, name }: DocumentLint): string {
  const full = [namespace, name].filter((part) => part !== undefined).join('/');
  const what = [kind ?? '', full].filter((part) => part !== '').join(' ');
  return what === '' ? '' : `${clean(what, 300)}: `;
}
