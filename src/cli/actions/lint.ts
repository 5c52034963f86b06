import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
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
      const place = `${file === '-' ? 'standard input' : clean(file)}:${document.line}: ${subject(document)}`;
      for (const problem of [...document.problems, ...document.unsupported]) {
        wrong += 1;
        context.out(`${place}: ${line(problem)}\n`);
      }
      for (const warning of document.warnings) context.out(`${place}: warning: ${line(warning)}\n`);
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

function subject(document: DocumentLint): string {
  const name = [document.namespace, document.name].filter((part) => part !== undefined).join('/');
  return clean([document.kind ?? 'document', name].filter((part) => part !== '').join(' '), 300);
}

function line(problem: FieldProblem): string {
  return clean(formatProblem(problem));
}
