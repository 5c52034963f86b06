import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { blueGreenProperty } from './blue-green-property.ts';

const SEED = 20260104;

describe('random blue-green releases', () => {
  it(`keep every promise at every decision and come to rest when things calm down (seed ${SEED})`, () => {
    fc.assert(blueGreenProperty, { seed: SEED, numRuns: 400 });
  });
});
