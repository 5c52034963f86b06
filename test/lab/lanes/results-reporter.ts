import type { TestEvent } from 'node:test/reporters';

/** Reads a property that only some errors have. */
function of(error: Error, name: string): unknown {
  return Reflect.get(error, name);
}

/** A message may hold all of two large objects; of a run's output often only the end is kept, and what matters of a failure has to stand there. */
const LINES_OF_A_MESSAGE = 40;

/** The message without its stack, which the file's own output has. node wraps what a test threw. */
function whyOf(error: Error): string {
  const thrown = error.cause instanceof Error ? error.cause : error;
  const lines = thrown.message.trimEnd().split('\n');
  const left = lines.length - LINES_OF_A_MESSAGE;
  const why = [...lines.slice(0, LINES_OF_A_MESSAGE), ...(left > 0 ? [`(${left} lines more)`] : [])].join('\n');
  const [code, signal] = [of(error, 'exitCode'), of(error, 'signal')];
  if (typeof signal === 'string') return `${why}, its process was ended by ${signal}`;
  return typeof code === 'number' ? `${why}, its process ended with exit code ${code}` : why;
}

/** A reporter of `node --test` that writes what a run of several files has to know of one, as `readResult` reads it. */
export default async function* resultsReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const { type, data } of events) {
    // node tells tests in the order in which they are written: what begins deeper than another one, and after it, lies inside of it.
    if (type === 'test:start') path.splice(data.nesting, path.length, data.name);
    if (type === 'test:fail' && data.todo === undefined && of(data.details.error, 'failureType') !== 'subtestsFailed')
      yield `${JSON.stringify({ failed: { path: path.slice(0, data.nesting + 1), why: whyOf(data.details.error) } })}\n`;
    // The one that names no file is of all that node was given.
    if (type === 'test:summary' && data.file === undefined) yield `${JSON.stringify({ counts: data.counts })}\n`;
  }
}
