import type { Metric } from '../../api/analysis.ts';
import { jobQuerySchema } from '../../api/analysis-provider.ts';
import { substituteJson } from './arguments.ts';
import { type FieldReader, withStandIns } from './metric-fields.ts';
import type { ReadQuestion } from './read-endpoint.ts';

type Job = NonNullable<Metric['provider']['job']>;

/** What a Job metric asks: its spec with the arguments filled into every text. */
export function readJobQuestion(reader: FieldReader, at: string, job: Job): ReadQuestion {
  const filled = substituteJson({ metadata: job.metadata ?? {}, spec: job.spec }, withStandIns(reader));
  if (!filled.ok) {
    reader.problems.push({ field: `${at}.spec`, problem: filled.problem, remedy: filled.remedy });
    return { question: undefined, unsupported: [] };
  }
  const read = jobQuerySchema.safeParse(filled.value);
  if (!read.success) {
    reader.problems.push({ field: `${at}.metadata`, problem: 'has labels or annotations that are too long', remedy: 'shorten them' });
    return { question: undefined, unsupported: [] };
  }
  const { metadata = {}, spec } = read.data;
  return {
    question: { type: 'job', labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, spec },
    unsupported: [],
  };
}
