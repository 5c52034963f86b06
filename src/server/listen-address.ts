export interface ListenAddress {
  /** All interfaces when absent. */
  readonly host: string | undefined;
  readonly port: number;
}

/** `host:port`, `[::1]:port` or `:port`; undefined for `off` and for what is no address. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):([0-9]{1,5})$/u.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? undefined : host, port };
}
