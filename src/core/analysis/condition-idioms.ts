/** One piece of expr (the language of Argo Rollouts' conditions) that CEL does not have, and how CEL says it. */
interface Idiom {
  readonly pattern: RegExp;
  readonly what: string;
  /** Over numbers. */
  readonly remedy: string;
  /** Over what a web endpoint answered; the same as over numbers when absent, nothing wrong there when null. */
  readonly json?: string | null;
}

const IDIOMS: readonly Idiom[] = [
  { pattern: /\band\b/, what: '`and`', remedy: 'write `&&`' },
  { pattern: /\bor\b/, what: '`or`', remedy: 'write `||`' },
  { pattern: /\bnot\b/, what: '`not`', remedy: 'write `!(...)`' },
  {
    pattern: /\bnil\b/,
    what: 'nil',
    remedy: 'write `isNil(result)` or `len(result) == 0` for no data, or set noData',
    json: 'write `isNil(result.x)`',
  },
  { pattern: /\?\?/, what: '`??`', remedy: 'write `default(result, 0.0)`' },
  {
    pattern: /\?\./,
    what: '`?.`',
    remedy: '`result` holds numbers: write `result[0]`',
    json: 'write `isNil(result.x)` for a member that may be missing',
  },
  { pattern: /\.\./, what: 'the range `a..b`', remedy: 'write `x >= a && x <= b`' },
  { pattern: /\*\*|\^/, what: 'a power', remedy: 'multiply: `x * x`' },
  { pattern: /(^|[^|])\|([^|]|$)/, what: 'the pipe `|`', remedy: 'call the function: `len(result)`' },
  {
    pattern: /\b(all|any|one|none|filter|map|count)\s*\(\s*result\b/,
    what: 'a predicate in function form',
    remedy:
      'write it as a method with a variable: `result.all(x, x >= 0.95)`, `result.exists(x, x > 1.0)`, `size(result.filter(x, x > 1.0))`',
  },
  { pattern: /#/, what: 'the placeholder `#`', remedy: 'name a variable: `result.all(x, x >= 0.95)`' },
  { pattern: /\blet\b|;/, what: '`let`', remedy: 'write the expression out' },
  {
    pattern: /\bmatches\b/,
    what: '`matches`',
    remedy: 'a result holds numbers only: compare them',
    json: 'write `result.contains("ok")` or `result == "ok"`',
  },
  {
    pattern: /\b(contains|startsWith|endsWith)\b\s*[^\s(]/,
    what: 'a text operator',
    remedy: 'a result holds numbers only: compare them',
    json: 'write it as a method: `result.contains("ok")`',
  },
  {
    pattern: /\b(contains|startsWith|endsWith)\b/,
    what: 'a text function',
    remedy: 'a result holds numbers only: compare them',
    json: null,
  },
  { pattern: /\bfloat\s*\(/, what: '`float()`', remedy: 'write `asFloat()`' },
  { pattern: /\b(first|last)\s*\(/, what: '`first()` or `last()`', remedy: 'write `result[0]` or `result[len(result) - 1]`' },
  {
    pattern: /\b(sum|mean|median|min|max|abs|round|ceil|floor)\s*\(/,
    what: 'a function over the values',
    remedy: 'let Prometheus do it in the query: `sum(...)`, `avg(...)`, `max(...)`, `abs(...)`',
    json: 'let the endpoint work it out',
  },
  { pattern: /\[\s*-\s*[0-9]+\s*\]/, what: 'a negative index', remedy: 'write `result[len(result) - 1]`' },
  { pattern: /\[[^\]]*:[^\]]*\]/, what: 'a slice', remedy: 'name the elements: `result[0]`' },
  { pattern: /^\s*=?[^=!<>]*[^=!<>]=[^=]/, what: '`=`', remedy: 'write `==`' },
];

/** The source with the insides of its string literals blanked, so that words in them are not taken for operators. */
function withoutStrings(source: string): string {
  return source.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (literal) => '"'.padEnd(literal.length - 1, ' ').concat('"'));
}

/** The source with a zero before decimals that begin with the point, which CEL allows and its parser here does not read. */
export function withLeadingZeros(source: string): string {
  return source.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w.\])])\.(?=[0-9])/g, (found) => (found === '.' ? '0.' : found));
}

/** What in `source` is expr but not CEL, with the CEL wording; undefined when nothing is. */
export function findExprIdiom(source: string, overJson: boolean): { readonly problem: string; readonly remedy: string } | undefined {
  const bare = withoutStrings(source);
  const found = IDIOMS.find((idiom) => !(overJson && idiom.json === null) && idiom.pattern.test(bare));
  if (found === undefined) return undefined;
  const remedy = overJson ? (found.json ?? found.remedy) : found.remedy;
  return { problem: `${found.what} is not part of CEL conditions`, remedy };
}
