import type { z } from 'zod';
import { oneOf } from './cel.ts';
import { didYouMean } from './did-you-mean.ts';
import { fieldPath } from './field-path.ts';
import type { FieldProblem } from './field-problem.ts';
import { shownValue } from './shown-value.ts';

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'a map of names to texts',
  array: 'a list',
};

/** One zod issue in our own words. Text that a schema gives itself (`write a duration such as 30s`) is its remedy. */
export function zodProblem(issue: z.core.$ZodIssue): FieldProblem {
  const field = fieldPath(issue.path);
  const value = shownValue(issue.input);
  const [problem, remedy] = describe(issue);
  return { field, value, problem, remedy };
}

function describe(issue: z.core.$ZodIssue): readonly [problem: string, remedy: string] {
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union')) {
    return ['is missing', issue.code === 'invalid_union' ? ownText(issue) : `set it to ${expectedOf(issue)}`];
  }
  switch (issue.code) {
    case 'invalid_type':
      return [`must be ${noun(issue.expected)}`, `write ${noun(issue.expected)}`];
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'invalid_format':
      return ['has a form that is not understood', ownText(issue)];
    case 'invalid_value':
      return ['is not one of the known values', unknownValue(issue)];
    case 'invalid_union':
      return ['has a form that is not understood', ownText(issue)];
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return ['is not valid', ownText(issue)];
  }
}

function expectedOf(issue: z.core.$ZodIssueInvalidType | z.core.$ZodIssueInvalidValue): string {
  return issue.code === 'invalid_value' ? oneOf(issue.values.map(String)) : noun(issue.expected);
}

function noun(expected: string): string {
  return NOUNS[expected] ?? expected;
}

function ownText(issue: z.core.$ZodIssue): string {
  return issue.message.startsWith('Invalid') ? 'correct it' : issue.message;
}

function unknownValue(issue: z.core.$ZodIssueInvalidValue): string {
  const known = issue.values.map(String);
  const near = typeof issue.input === 'string' ? didYouMean(issue.input, known) : undefined;
  return near === undefined || known.length === 1 ? `use ${oneOf(known)}` : `did you mean ${near}? Use ${oneOf(known)}`;
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): readonly [string, string] {
  const least = issue.inclusive === false ? `more than ${issue.minimum}` : `${issue.minimum} or more`;
  if (issue.origin === 'string') return ['must not be empty', `give at least ${issue.minimum} character`];
  if (issue.origin === 'array') return ['has too few entries', `give at least ${issue.minimum}`];
  return [`must be ${least}`, `use ${least}`];
}

function tooBig(issue: z.core.$ZodIssueTooBig): readonly [string, string] {
  const most = issue.inclusive === false ? `less than ${issue.maximum}` : `${issue.maximum} or less`;
  if (issue.origin === 'string') return [`is longer than ${issue.maximum} characters`, `use ${issue.maximum} characters or fewer`];
  if (issue.origin === 'array') return [`has more than ${issue.maximum} entries`, `use ${issue.maximum} or fewer`];
  return [`must be ${most}`, `use ${most}`];
}
