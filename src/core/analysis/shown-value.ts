/** Digits that people read; a double has 17. */
const SHOWN_DIGITS = 4;
const ALL_DIGITS = 17;

const DECIMAL = /-?\d+\.\d+(?:e[+-]?\d+)?/gi;

/** A value as people read it: a list of one without its brackets, decimals with 4 significant digits, or as many as it takes to differ from the limit. */
export function shownValue(value: string, condition = ''): string {
  const single = /^\[([^\s,[\]]+)\]$/.exec(value)?.[1] ?? value;
  const limits = new Set((condition.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi) ?? []).map(Number));
  return single.replaceAll(DECIMAL, (text) => {
    const exact = Number(text);
    for (let digits = SHOWN_DIGITS; digits <= ALL_DIGITS; digits += 1) {
      const rounded = Number(exact.toPrecision(digits));
      if (rounded === exact || !limits.has(rounded)) return String(rounded);
    }
    return text;
  });
}
