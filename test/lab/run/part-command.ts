/** How a part is started, and the address that answers once it is up: HTTP with 200, or `tcp:` by taking a connection; undefined when nothing has to be waited for. */
export interface PartCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly ready?: string;
}
