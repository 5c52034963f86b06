import { SluiceError } from '../ports/errors.ts';

/** An object of a cluster is at most 1.5 MiB in etcd; with managed fields and escapes its line stays far below this. */
const LONGEST_LINE = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of a byte stream, without their newline and without empty ones. Bytes are decoded a whole line at a time, so that characters which are split
 * between chunks stay whole. A stream that ends inside a line was cut: `unavailable`.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...held, chunk.subarray(start, end)]).toString('utf8');
      held = [];
      heldBytes = 0;
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) {
      held.push(chunk.subarray(start));
      heldBytes += chunk.length - start;
      if (heldBytes > LONGEST_LINE)
        throw new SluiceError('unavailable', `the API server sent a watch event of more than ${LONGEST_LINE} bytes`);
    }
  }
  if (heldBytes > 0) throw new SluiceError('unavailable', 'the watch was cut off in the middle of an event');
}
