/** Milliseconds of duration. Never mixed with an {@link Instant}: the brand keeps the two apart. */
export type Millis = number & { readonly __unit: 'millis' };

/** A point in time: milliseconds since the Unix epoch, UTC. */
export type Instant = number & { readonly __unit: 'instant' };

/** Brands a plain number of milliseconds as a duration. */
export function millis(value: number): Millis {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- here the brand is given
  return value as Millis;
}

/** Brands a plain number of epoch milliseconds as a point in time. */
export function instant(value: number): Instant {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- here the brand is given
  return value as Instant;
}

/** RFC 3339 in UTC with whole seconds, the form Kubernetes uses in `status`. */
export function formatInstant(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** The point in time that an RFC 3339 text names, or undefined when it names none. */
export function parseInstant(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const value = Date.parse(text);
  return Number.isNaN(value) ? undefined : instant(value);
}
