/** Events that are read ahead of whoever reads: more than an engine sends after it was stopped. */
const MAX_AHEAD = 1_024;

/**
 * The same events in the same order, each when it is asked for. Once the signal aborts they are read to their end at once,
 * so that what makes them is let go of, whether or not anybody reads on.
 */
export async function* readOut<T>(events: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  const source: AsyncIterator<T, unknown> = events[Symbol.asyncIterator]();
  const ahead: Promise<IteratorResult<T, unknown>>[] = [];

  const readToEnd = async (): Promise<void> => {
    while (ahead.length < MAX_AHEAD) {
      const next = source.next();
      ahead.push(next);
      if ((await next).done === true) return;
    }
  };
  // A failure is met by whoever reads that far.
  const onAbort = () => void readToEnd().catch(() => undefined);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    for (;;) {
      const next = await (ahead.shift() ?? source.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await source.return?.();
  }
}
