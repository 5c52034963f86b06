import { z } from 'zod';

/** A sample as Prometheus sends it: seconds since the epoch and the value as text. */
const sampleSchema = z.tuple([z.number(), z.string().max(64)]);

const seriesSchema = z.object({ value: sampleSchema.optional() });

const rangeSchema = z.object({ values: z.array(sampleSchema).optional() });

const dataSchema = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: sampleSchema }),
  z.object({ resultType: z.literal('vector'), result: z.array(seriesSchema) }),
  z.object({ resultType: z.literal('matrix'), result: z.array(rangeSchema) }),
  z.object({ resultType: z.literal('string') }),
]);

const notes = z.array(z.string()).nullish();

/** The answer of `/api/v1/query` and `/api/v1/query_range`. Labels and messages are not kept: only numbers and fixed words go further. */
export const queryAnswerSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: dataSchema, warnings: notes, infos: notes }),
  z.object({ status: z.literal('error'), errorType: z.string().max(64) }),
]);

export type QueryAnswer = z.infer<typeof queryAnswerSchema>;
