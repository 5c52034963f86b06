import type { ASTNode } from '@marcbachmann/cel-js';
import { allowedFunctions, allowedMethods, COMPREHENSIONS, MAX_VALUES, type ResultType } from './condition-environment.ts';

const MAX_COMPREHENSION_DEPTH = 2;
/** Evaluation steps in the worst case; about 30 ms on a slow core. */
const MAX_COST = 100_000;

/** The nodes below one node, in source order. */
function childrenOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === 'value' || node.op === 'id') return [];
  if (node.op === '.' || node.op === '.?') return [node.args[0]];
  if (node.op === 'call') return node.args[1];
  if (node.op === 'rcall') return [node.args[1], ...node.args[2]];
  if (node.op === 'map') return node.args.flat();
  if (node.op === '!_' || node.op === '-_') return [node.args];
  return node.args;
}

/** Worst-case steps to evaluate a node, and the length no list in its value exceeds. */
interface Bound {
  readonly cost: number;
  readonly size: number;
}

function boundOf(node: ASTNode, variables: ReadonlyMap<string, number>): Bound {
  if (node.op === 'id') return { cost: 1, size: variables.get(node.args) ?? (node.args === 'result' ? MAX_VALUES : 1) };
  if (node.op === 'rcall' && COMPREHENSIONS.has(node.args[0])) {
    const source = boundOf(node.args[1], variables);
    const [variable, ...bodies] = node.args[2];
    const inner = new Map(variables);
    if (variable?.op === 'id') inner.set(variable.args, source.size);
    const bounds = bodies.map((body) => boundOf(body, inner));
    const cost = source.cost + source.size * (1 + bounds.reduce((sum, bound) => sum + bound.cost, 0));
    return { cost, size: Math.max(source.size, ...bounds.map((bound) => bound.size)) };
  }
  // A member of an answer may be as long a list as the answer itself.
  if (node.op === '.' || node.op === '[]') return memberBound(node, variables);
  const bounds = childrenOf(node).map((child) => boundOf(child, variables));
  const sizes = bounds.map((bound) => bound.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const ownCost = node.op === '+' || node.op === 'in' || node.op === '==' || node.op === '!=' ? total : 1;
  const longest = node.op === 'list' ? Math.max(1, sizes.length, ...sizes) : Math.max(1, ...sizes);
  return { cost: bounds.reduce((sum, bound) => sum + bound.cost, ownCost), size: node.op === '+' ? total : longest };
}

function memberBound(node: ASTNode, variables: ReadonlyMap<string, number>): Bound {
  const bounds = childrenOf(node).map((child) => boundOf(child, variables));
  const cost = bounds.reduce((sum, bound) => sum + bound.cost, 1);
  return { cost, size: Math.max(MAX_VALUES, ...bounds.map((bound) => bound.size)) };
}

function depthOf(node: ASTNode): number {
  const below = Math.max(0, ...childrenOf(node).map(depthOf));
  return node.op === 'rcall' && COMPREHENSIONS.has(node.args[0]) ? below + 1 : below;
}

function forbiddenIn(node: ASTNode, type: ResultType): string | undefined {
  if (node.op === 'call' && !allowedFunctions(type).has(node.args[0])) return `${node.args[0]}()`;
  if (node.op === 'rcall' && !COMPREHENSIONS.has(node.args[0]) && !allowedMethods(type).has(node.args[0])) return `.${node.args[0]}()`;
  if (node.op === 'map') return 'a map literal';
  return childrenOf(node)
    .map((child) => forbiddenIn(child, type))
    .find((found) => found !== undefined);
}

const WHOLE_CALLS: ReadonlySet<string> = new Set(['asInt', 'int', 'len', 'size']);

/** Whether a node is a whole number in every case. */
function isWhole(node: ASTNode): boolean {
  if (node.op === 'value') return typeof node.args === 'bigint';
  if (node.op === 'call') return WHOLE_CALLS.has(node.args[0]);
  if (node.op === 'rcall') return node.args[0] === 'size';
  if (node.op === '-_') return isWhole(node.args);
  return (node.op === '+' || node.op === '-' || node.op === '*' || node.op === '/' || node.op === '%') && node.args.every(isWhole);
}

/** expr divides to a decimal, CEL cuts off: `1/100` would be 0 here, and nobody would see it. */
function dividesWholes(node: ASTNode): boolean {
  return (node.op === '/' && node.args.every(isWhole)) || childrenOf(node).some(dividesWholes);
}

/** Why this condition may not run although it type-checks: a function outside the list, or too much work. */
export function refuseAst(ast: ASTNode, type: ResultType): { readonly problem: string; readonly remedy: string } | undefined {
  const forbidden = forbiddenIn(ast, type);
  if (forbidden !== undefined) {
    return {
      problem: `${forbidden} may not be used in a condition`,
      remedy: `use ${[...allowedFunctions(type)].join(', ')} and comparisons`,
    };
  }
  if (dividesWholes(ast)) {
    return {
      problem: 'a whole number is divided by a whole number, which cuts off what is behind the point',
      remedy: 'write one of them as a decimal: `1.0 / 100`, `asFloat(result[0]) / 2`',
    };
  }
  if (depthOf(ast) > MAX_COMPREHENSION_DEPTH) {
    return { problem: `comprehensions are nested deeper than ${MAX_COMPREHENSION_DEPTH}`, remedy: 'compute it in the query' };
  }
  const { cost } = boundOf(ast, new Map());
  if (cost > MAX_COST) {
    return {
      problem: `the condition could take ${cost} steps on ${MAX_VALUES} values, over ${MAX_COST}`,
      remedy: 'compute it in the query',
    };
  }
  return undefined;
}

/** What a condition says about the result beyond its first value. */
export interface ResultUse {
  /** It looks at more than the first value, so several series are what it expects. */
  readonly asksForList: boolean;
  /** It says itself what an empty result means. */
  readonly handlesEmpty: boolean;
  /** It says itself what NaN means. */
  readonly handlesNaN: boolean;
  /** It says itself what an infinite value means. */
  readonly handlesInf: boolean;
}

function isResult(node: ASTNode | undefined): boolean {
  return node?.op === 'id' && node.args === 'result';
}

function isZero(node: ASTNode): boolean {
  return node.op === 'value' && (node.args === 0n || node.args === 0);
}

function isLength(node: ASTNode): boolean {
  if (node.op === 'call') return (node.args[0] === 'len' || node.args[0] === 'size') && isResult(node.args[1][0]);
  return node.op === 'rcall' && node.args[0] === 'size' && isResult(node.args[1]);
}

/** `len(result) == 0` and the like only tells empty from not empty: it does not ask for several values. */
function isEmptinessGuard(node: ASTNode): boolean {
  if (node.op !== '==' && node.op !== '!=' && node.op !== '>' && node.op !== '<') return false;
  const [left, right] = node.args;
  return (isLength(left) && isZero(right)) || (isLength(right) && isZero(left));
}

/** `result[0]` and `default(result, x)` read the first value only. */
function readsFirstOnly(node: ASTNode): boolean {
  if (node.op === '[]') return isResult(node.args[0]) && isZero(node.args[1]);
  return node.op === 'call' && node.args[0] === 'default' && isResult(node.args[1][0]);
}

function asksForList(node: ASTNode): boolean {
  if (isResult(node)) return true;
  if (isEmptinessGuard(node) || isNilOfAll(node)) return false;
  if (readsFirstOnly(node)) return node.op === 'call' && node.args[1].slice(1).some(asksForList);
  return childrenOf(node).some(asksForList);
}

function calls(node: ASTNode, name: string): boolean {
  return (node.op === 'call' && node.args[0] === name) || childrenOf(node).some((child) => calls(child, name));
}

/** `isNil(result)` over numbers: there is none. */
function isNilOfAll(node: ASTNode): boolean {
  return node.op === 'call' && node.args[0] === 'isNil' && isResult(node.args[1][0]);
}

function mentionsLength(node: ASTNode): boolean {
  return isLength(node) || isNilOfAll(node) || childrenOf(node).some(mentionsLength);
}

function defaultsWholeResult(node: ASTNode): boolean {
  return (node.op === 'call' && readsFirstOnly(node)) || childrenOf(node).some(defaultsWholeResult);
}

function comparesWithNull(node: ASTNode): boolean {
  if (node.op === '==' || node.op === '!=') return node.args.some((side) => side.op === 'value' && side.args === null);
  return childrenOf(node).some(comparesWithNull);
}

/** How a checked condition uses `result`. */
export function resultUseOf(ast: ASTNode, type: ResultType): ResultUse {
  if (type === 'dyn') {
    const handlesEmpty = calls(ast, 'isNil') || calls(ast, 'default') || comparesWithNull(ast);
    return { asksForList: true, handlesEmpty, handlesNaN: true, handlesInf: true };
  }
  const asList = type === 'list<double>';
  return {
    asksForList: asList && asksForList(ast),
    handlesEmpty: asList && (mentionsLength(ast) || defaultsWholeResult(ast)),
    handlesNaN: calls(ast, 'isNaN') || calls(ast, 'default'),
    handlesInf: calls(ast, 'isInf'),
  };
}
