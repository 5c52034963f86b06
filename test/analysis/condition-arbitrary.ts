import * as fc from 'fast-check';

/** Conditions that are mostly well typed: comparisons of numbers out of `result`, joined and quantified up to three deep. */
export const conditions: fc.Arbitrary<string> = fc.letrec<{ number: string; condition: string }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('result[0]', 'x', 'y', '0.5', '1.0', '-2.5', '1', 'result[1]', 'default(result, 0.5)', 'asFloat(len(result))'),
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*', '/'), tie('number')).map(([left, op, right]) => `(${left} ${op} ${right})`),
    fc.tuple(tie('number'), tie('number')).map(([value, other]) => `default(${value}, ${other})`),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number'))
      .map(([left, op, right]) => `${left} ${op} ${right}`),
    tie('number').map((value) => `isNaN(${value})`),
    tie('number').map((value) => `${value} in result`),
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map(([left, op, right]) => `(${left} ${op} ${right})`),
    tie('condition').map((inner) => `!(${inner})`),
    fc
      .tuple(fc.constantFrom('all', 'exists', 'exists_one'), fc.constantFrom('x', 'y'), tie('condition'))
      .map(([name, variable, body]) => `result.${name}(${variable}, ${body})`),
    fc.tuple(fc.constantFrom('x', 'y'), tie('condition')).map(([variable, body]) => `size(result.filter(${variable}, ${body})) > 1`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`),
  ),
})).condition;
