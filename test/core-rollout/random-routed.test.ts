import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { routedProperty } from './routed-property.ts';

const SEED = 20261127;

describe('random routed canaries', () => {
  it(`give no traffic to what cannot carry it and come to rest when things calm down (seed ${SEED})`, () => {
    fc.assert(routedProperty, { seed: SEED, numRuns: 1000 });
  });
});
