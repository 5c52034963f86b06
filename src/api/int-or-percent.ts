import { z } from 'zod';

const REMEDY = 'write a whole number such as 3, or a percentage such as 25%';

/** `3` or `25%`; a bare numeric string is read as a percentage, as Argo Rollouts does. */
export const intOrPercentSchema = z
  .union(
    [
      z.int().min(0),
      z
        .string()
        .max(10)
        .regex(/^[0-9]+%?$/, REMEDY),
    ],
    REMEDY,
  )
  .meta({ 'x-kubernetes-int-or-string': true });

export type IntOrPercent = number | string;
