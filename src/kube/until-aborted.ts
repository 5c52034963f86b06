/**
 * The items of `source` until it ends or `signal` aborts, whichever comes first: also from a source that does not listen to the signal.
 * No promise outlives its item, so a watch of many hours holds no memory of the items that went by.
 */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let stop: (() => void) | undefined;
  const abort = (): void => stop?.();
  signal.addEventListener('abort', abort);
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not awaited: a source that hangs must not hold us.
    iterator.return?.().catch(() => undefined);
  }
}
