/** `12`, `0.5`, `500m`, `16Mi`, `1e3`: number, then suffix or exponent (Kubernetes' resource.Quantity). */
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;
const TENS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const TWOS: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
/** Digits that are kept behind the point: exact for everything that the API server keeps, which stops at nano. */
const SCALE = 30;

/** The amount of a Kubernetes quantity, exact, in 10^-30; undefined for what is none. `1`, `1000m` and `1.0` are one amount. */
export function quantity(value: unknown): bigint | undefined {
  const match = typeof value === 'string' || typeof value === 'number' ? FORM.exec(String(value).trim()) : null;
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = '', exponent = '0'] = match;
  if (whole + fraction === '') return undefined;
  const power = SCALE - fraction.length + (TENS[suffix] ?? Number(exponent));
  if (power < 0 || power > 200) return undefined;
  const amount = BigInt(whole + fraction) * 10n ** BigInt(power) * 2n ** BigInt(TWOS[suffix] ?? 0);
  return sign === '-' ? -amount : amount;
}

/** The whole units in a Kubernetes quantity: bytes of `2Gi`, say; undefined for what is none. */
export function wholeUnits(value: unknown): number | undefined {
  const amount = quantity(value);
  return amount === undefined ? undefined : Number(amount / 10n ** BigInt(SCALE));
}
