import { parseDuration } from '../api/duration.ts';
import type { Millis } from '../api/time.ts';
import { isSendable } from '../kube/impersonation.ts';
import type { KubeConfigOverrides } from '../kube/kube-config-overrides.ts';
import { wrongUsage } from './cli-error.ts';

/** Which cluster is meant, and as whom: kubectl's own flags, under commander's names for them. */
export interface ConnectionFlags extends KubeConfigOverrides {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly requestTimeout?: string | undefined;
}

/** The flags as they are used, checked as far as that needs no cluster. */
export interface ConnectOptions extends Omit<ConnectionFlags, 'requestTimeout'> {
  /** For one request; 0 waits without end. */
  readonly requestTimeout?: Millis | undefined;
}

/** Checks the flags that say where to connect; wrong usage for what cannot be meant. */
export function connectOptions(flags: ConnectionFlags): ConnectOptions {
  const { as, asGroup, asUid, server, certificateAuthority, insecureSkipTlsVerify, requestTimeout } = flags;
  for (const name of [as, asUid, ...(asGroup ?? [])]) if (name !== undefined) requireIdentity(name);
  if (as === undefined && (asGroup !== undefined || asUid !== undefined))
    throw wrongUsage(`${asGroup === undefined ? '--as-uid' : '--as-group'} goes with a user`, 'name one with --as');
  if (server !== undefined && !/^https?:\/\//u.test(server))
    throw wrongUsage(`"${server}" is no address of a server`, 'write it as https://host:6443');
  if (certificateAuthority !== undefined && insecureSkipTlsVerify === true)
    throw wrongUsage('--certificate-authority has no use with --insecure-skip-tls-verify', 'leave one of them out');
  return { ...flags, requestTimeout: requestTimeout === undefined ? undefined : parseRequestTimeout(requestTimeout) };
}

/** A user, group or uid goes to the server as a header, which would lose what is refused here. */
function requireIdentity(name: string): void {
  if (isSendable(name)) return;
  throw wrongUsage(`"${name}" is nobody to act as`, 'a user, group or uid is printable ASCII without blanks at its ends');
}

function parseRequestTimeout(text: string): Millis {
  const duration = parseDuration(text);
  if (duration === undefined) throw wrongUsage(`"${text}" is not a duration`, 'write --request-timeout as 10s or 2m; 0 waits without end');
  return duration;
}
