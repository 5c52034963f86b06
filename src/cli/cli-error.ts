import { EXIT, type ExitCode } from './exit-code.ts';

/** Ends a command with one line that says what happened and, in `remedy`, what to do next. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly remedy: string | undefined;

  constructor(exitCode: ExitCode, message: string, remedy?: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

/** An action that was understood and is refused (exit 1). */
export function refused(message: string, remedy?: string): CliError {
  return new CliError(EXIT.refused, message, remedy);
}

/** A command line that cannot be understood (exit 2). */
export function wrongUsage(message: string, remedy?: string): CliError {
  return new CliError(EXIT.usage, message, remedy);
}

/** Ends a command with a code and no further word: what there was to say has been printed. */
export function ended(exitCode: ExitCode): CliError {
  return new CliError(exitCode, '');
}
