const LONGEST = 1_000;

/** Text from the other side as we may show it: one line, control and direction characters replaced, at most 1,000 characters (M11). */
export function safeText(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}
