import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { apiError, badRequest } from '../cluster/api-error.ts';

/** The API server's own limit on a request. */
const LIMIT = 3 * 1024 * 1024;

/** Reads a request's body as JSON (or as YAML where it says so); undefined when there is none. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream: AsyncIterable<Buffer> = request;
  for await (const bytes of stream) {
    size += bytes.length;
    if (size > LIMIT) throw apiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LIMIT}`);
    chunks.push(bytes);
  }
  if (size === 0) return undefined;
  const text = Buffer.concat(chunks).toString('utf8');
  const type = request.headers['content-type'] ?? '';
  if (type.includes('protobuf') || type.includes('cbor'))
    throw apiError(415, 'UnsupportedMediaType', `the simulated server speaks JSON, not ${type}`);
  try {
    return type.includes('yaml') ? parseYamlOrJson(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is no valid ${type.includes('yaml') ? 'YAML' : 'JSON'}: ${error instanceof Error ? error.message : ''}`);
  }
}

/** JSON is YAML, but the JSON parser is faster and needs no indentation rules. */
function parseYamlOrJson(text: string): unknown {
  return text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text, { maxAliasCount: 10 });
}
