import type { JsonValue } from '../../../api/json-value.ts';
import { readJsonPath } from '../../../core/analysis/json-path.ts';
import { oversize, parseJson } from '../../../core/analysis/json-value.ts';
import type { MetricReply } from '../../../ports/metrics.ts';
import { failure } from '../failure.ts';

const SMALLER = 'name a smaller part with jsonPath';

function reply(value: JsonValue): MetricReply {
  const problem = oversize(value);
  return problem === undefined ? { kind: 'json', value } : failure('too_large', `the result ${problem}; ${SMALLER}`, false);
}

/** The reply that the body of a 2xx answer means: the value at the path, all of it without a path, or the text of a body that is no JSON. */
export function readWebAnswer(body: string, jsonPath: string | undefined): MetricReply {
  const json = parseJson(body);
  if (jsonPath === undefined) return reply(json ?? body);
  const path = readJsonPath(jsonPath);
  if (!path.ok) return failure('query_refused', `${path.problem}; ${path.remedy}`, false);
  if (json === undefined) return failure('bad_reply', 'the endpoint sent something that is not JSON, and jsonPath looks into JSON', true);
  const found = path.find(json);
  if (found === undefined)
    return failure('too_large', 'the answer is too large for this jsonPath; name the way to the value member by member', false);
  const [first, ...others] = found;
  if (first === undefined) return { kind: 'empty', warnings: 0 };
  if (others.length > 0)
    return failure(
      'several_values',
      `jsonPath leads to ${found.length} values and the condition judges one; name one of them, as in [0]`,
      false,
    );
  return reply(first);
}
