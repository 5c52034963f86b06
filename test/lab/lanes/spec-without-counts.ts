import { Readable } from 'node:stream';
import { spec, type TestEvent } from 'node:test/reporters';

/** Diagnostics of a test name its file; the counts are diagnostics of none. */
async function* withoutCounts(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) if (event.type !== 'test:diagnostic' || event.data.file !== undefined) yield event;
}

/** node's `spec` reporter without the counts at its end: they are told once, of all files together. */
export default async function* specWithoutCounts(events: AsyncIterable<TestEvent>): AsyncGenerator {
  yield* Readable.from(withoutCounts(events)).pipe(new spec());
}
