import { z } from 'zod';

const sample = z.tuple([z.number(), z.string()]);
const metric = z.record(z.string(), z.string());

const answer = z.object({
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric, value: sample })) }),
    z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric, values: z.array(sample) })) }),
  ]),
});

/** The `data` of an answer of Prometheus' query API. */
export type ApiData = z.infer<typeof answer>['data'];

/** The `data` of a parsed body, or undefined when it holds none. */
export function readApiData(body: unknown): ApiData | undefined {
  const parsed = answer.safeParse(body);
  return parsed.success ? parsed.data.data : undefined;
}
