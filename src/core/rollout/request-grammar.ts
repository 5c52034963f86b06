/** A request that a person made, taken apart. */
export interface PersonRequest {
  readonly verb: string;
  readonly argument: string | undefined;
  readonly hash: string | undefined;
  readonly id: string;
}

const REQUEST = /^([a-z][a-z-]{0,62})(?:=([^:@=]{1,253}))?(?::([a-z0-9]{1,63}))?@([A-Za-z0-9._:+-]{1,253})$/;
const ABORT = /^([a-z0-9]{1,63})@([A-Za-z0-9._:+-]{1,253})$/;

/** `<verb>[=<argument>][:<pod-template-hash>]@<id>`; undefined when the text has another form. */
export function parseRequest(text: string): PersonRequest | undefined {
  const match = REQUEST.exec(text);
  if (match === null) return undefined;
  return { verb: match[1] ?? '', argument: match[2], hash: match[3], id: match[4] ?? '' };
}

/** `<pod-template-hash>@<id>`; undefined when the text has another form. */
export function parseAbort(text: string): { readonly hash: string; readonly id: string } | undefined {
  const match = ABORT.exec(text);
  return match === null ? undefined : { hash: match[1] ?? '', id: match[2] ?? '' };
}
