const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/**
 * Below 0 when `left` is the older version, 0 when they are the same, above 0 when it is the newer one; undefined when they cannot be compared.
 * Versions of one resource are decimal numbers of any length (KEP-5504), so the longer one is the newer one.
 */
export function compareResourceVersions(left: string, right: string): number | undefined {
  if (left === right) return 0;
  if (!DECIMAL.test(left) || !DECIMAL.test(right)) return undefined;
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : 1;
}

/** Whether `version` shows at least what `wanted` showed. Versions that cannot be compared count only when they are equal. */
export function isAtLeast(version: string, wanted: string): boolean {
  const order = compareResourceVersions(version, wanted);
  return order !== undefined && order >= 0;
}

/** Whether `version` is certainly older than `other`. */
export function isOlder(version: string, other: string): boolean {
  const order = compareResourceVersions(version, other);
  return order !== undefined && order < 0;
}
