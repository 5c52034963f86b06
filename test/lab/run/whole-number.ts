import { InvalidArgumentError } from 'commander';

/** Reads an argument of the command line that is a whole number of a range. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`it is a whole number of ${least} to ${most}`);
  };
}
