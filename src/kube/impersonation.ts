import { SluiceError } from '../ports/errors.ts';

/** Whom a request acts as; the API server checks that the sender may. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

const PREFIX = 'impersonate-';
/** A header's value: what stands at its ends is not trimmed away, and nothing in it ends the line. */
const SENDABLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/u;

/** Whether a name reaches the API server as it is: printable ASCII without blanks at its ends. */
export function isSendable(name: string): boolean {
  return SENDABLE.test(name);
}

/** The headers that ask for an impersonation; throws for what would not arrive as it is, since less of it may mean more rights. */
export function impersonationHeaders({ user, uid, groups = [], extra = {} }: Impersonation): Headers {
  const optional = uid === undefined ? [] : [uid];
  if ([user, ...optional, ...groups].some((name) => name.trim() === '')) {
    throw new SluiceError('invariant', 'refusing to impersonate an empty user or group: the request would run with our own rights');
  }
  if (![user, ...optional, ...groups, ...Object.values(extra).flat()].every(isSendable)) {
    throw new SluiceError('invariant', 'refusing to impersonate a user or group that is not printable ASCII');
  }
  const extras = Object.entries(extra).map(([key, values]) => [`${PREFIX}extra-${encodeURIComponent(key.toLowerCase())}`, values] as const);
  return {
    [`${PREFIX}user`]: user,
    ...(uid === undefined ? {} : { [`${PREFIX}uid`]: uid }),
    ...(groups.length > 0 ? { [`${PREFIX}group`]: groups } : {}),
    ...Object.fromEntries(extras),
  };
}

/** What `inner` asks for on top of `outer`: one impersonation replaces another as a whole, groups included. */
export function withHeaders(outer: Headers, inner: Headers): Headers {
  const replaced = Object.keys(inner).some((name) => name.startsWith(PREFIX));
  const kept = Object.entries(outer).filter(([name]) => !(replaced && name.startsWith(PREFIX)));
  return { ...Object.fromEntries(kept), ...inner };
}
