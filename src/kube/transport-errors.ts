import { isSluiceError, SluiceError } from '../ports/errors.ts';
import { safeText } from './safe-text.ts';

const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; check the server address of the kubeconfig context',
  ENOTFOUND: 'the host name does not resolve; check the server address of the kubeconfig context',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the CA of the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the CA of the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the CA of the kubeconfig',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

function codeIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return code;
  return codeIn(error.cause);
}

/** The error that a broken connection or an unreadable reply is. The whole cause is kept for debugging, but only its code is shown. */
export function transportError(error: unknown, server: string): SluiceError {
  if (isSluiceError(error)) return error;
  const code = codeIn(error);
  const why = (code === undefined ? undefined : ADVICE[code]) ?? 'the connection failed; it is tried again';
  const shown = `cannot reach the API server at ${server}: ${why}${code === undefined ? '' : ` (${safeText(code)})`}`;
  const timedOut = code !== undefined && TIMEOUTS.has(code);
  return new SluiceError(timedOut ? 'timeout' : 'unavailable', shown, { cause: error, details: code === undefined ? {} : { code } });
}

/** The error of a call that its caller cancelled. */
export function cancelledError(): SluiceError {
  return new SluiceError('unavailable', 'the request was cancelled', { details: { cancelled: true } });
}
