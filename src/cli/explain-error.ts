import { isSluiceError, type SluiceError } from '../ports/errors.ts';
import { CliError } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { clean } from './render/escape.ts';

export interface Explanation {
  readonly exitCode: ExitCode;
  /** One line, safe to print. */
  readonly line: string;
}

/** What an error means to the person at the terminal: one line that ends in what to do, and the exit code (design 8). */
export function explainError(error: unknown): Explanation {
  if (error instanceof CliError) {
    return { exitCode: error.exitCode, line: joined(error.message, error.remedy) };
  }
  if (isSluiceError(error)) {
    const { exitCode, remedy } = explainCode(error);
    return { exitCode, line: joined(error.message, remedy) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: EXIT.refused, line: joined(message, 'this is a bug: please report it with the command that you ran') };
}

function explainCode(error: SluiceError): { exitCode: ExitCode; remedy: string } {
  switch (error.code) {
    case 'unavailable':
    case 'timeout':
      return { exitCode: EXIT.unreachable, remedy: 'check the connection with: kubectl cluster-info' };
    case 'forbidden':
      // 401, or no credentials at all: the server does not know who asks.
      return error.details['status'] === 403
        ? { exitCode: EXIT.refused, remedy: 'ask for the right; kubectl auth can-i --list shows what you have' }
        : { exitCode: EXIT.unreachable, remedy: 'log in again, then check with: kubectl auth whoami' };
    case 'not_found':
      return {
        exitCode: EXIT.refused,
        remedy: 'check the name and the namespace; when the kind is missing, install the CRDs: sluice crds | kubectl apply -f -',
      };
    case 'conflict':
      return { exitCode: EXIT.refused, remedy: 'somebody else changed it meanwhile; look again and repeat' };
    case 'rate_limited':
      return { exitCode: EXIT.unreachable, remedy: 'the API server asks for patience; try again in a moment' };
    case 'spec_invalid':
      return { exitCode: EXIT.refused, remedy: 'correct the named field and repeat' };
    case 'already_exists':
    case 'expired':
    case 'invariant':
    case 'provider_failed':
      return { exitCode: EXIT.refused, remedy: 'try again; when it stays, report it' };
  }
}

function joined(message: string, remedy: string | undefined): string {
  const safe = clean(message).replace(/\.$/u, '');
  return remedy === undefined ? safe : `${safe}; ${clean(remedy)}`;
}
