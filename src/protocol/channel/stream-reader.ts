import { WeftError } from '../errors.ts';
import type { ServerFrame } from './frames.ts';

/**
 * Items in the order they were sent, then the end value.
 *
 * Aborting the signal asks the other side to end; what it still sends (its last words included) is delivered. Only when it
 * fails, or does not end within the grace, iteration rejects with the signal's reason. Leaving the loop early cancels.
 */
export interface ChannelStream<Item, Result> extends AsyncIterableIterator<Item, Result, void> {
  /** The end value; rejects as iteration does. Nobody has to handle it. Settles even while items wait unread. */
  readonly result: Promise<Result>;
}

/** What a reader may send for its stream. */
interface StreamLink {
  grant(amount: number): void;
  cancel(drain: boolean): void;
  /** Nothing more is expected. */
  settled(): void;
}

interface StreamReaderInit {
  readonly method: string;
  /** Items granted to the other side ahead of reading. */
  readonly credit: number;
  readonly signal: AbortSignal | undefined;
  readonly graceMs: number;
}

type Ending<Result> =
  { readonly ok: true; readonly value: Result } | { readonly ok: false; readonly error: unknown } | null;

/** The reading side of one stream: holds what arrived unread, never more than was granted. */
export function createStreamReader<Item, Result>(init: StreamReaderInit) {
  const { method, credit, signal } = init;
  const unread: Item[] = [];
  const waiting: PromiseWithResolvers<IteratorResult<Item, Result>>[] = [];
  const result = Promise.withResolvers<Result>();
  result.promise.catch(() => undefined); // Iterating is enough to learn of a failure.
  let link: StreamLink | null = null;
  let ending: Ending<Result> = null;
  let graceTimer: ReturnType<typeof setTimeout> | null = null;
  /** Items the other side may still send. */
  let granted = credit;
  /** Items read since the last grant. */
  let read = 0;

  const finish = (how: NonNullable<Ending<Result>>) => {
    if (ending !== null) return;
    ending = how;
    if (graceTimer !== null) clearTimeout(graceTimer);
    signal?.removeEventListener('abort', onAbort);
    link?.settled();
    if (how.ok) result.resolve(how.value);
    else result.reject(how.error);
    // Somebody waits only when nothing is unread.
    for (const one of waiting.splice(0)) conclude(one, how);
  };

  const onAbort = () => {
    if (ending !== null) return;
    link?.cancel(true);
    // The last words must not wait for a reader that is busy with the abort itself.
    granted += credit;
    link?.grant(credit);
    graceTimer = setTimeout(() => {
      link?.cancel(false);
      finish({ ok: false, error: signal?.reason });
    }, init.graceMs);
  };

  const countRead = () => {
    read += 1;
    if (ending !== null || read < credit / 2) return;
    granted += read;
    link?.grant(read);
    read = 0;
  };

  const stream: ChannelStream<Item, Result> = {
    result: result.promise,
    next() {
      const one = Promise.withResolvers<IteratorResult<Item, Result>>();
      if (unread.length > 0) {
        one.resolve({ done: false, value: unread.shift()! });
        countRead();
      } else if (ending !== null) {
        conclude(one, ending);
      } else {
        waiting.push(one);
      }
      return one.promise;
    },
    return(value) {
      unread.length = 0;
      if (ending === null) {
        link?.cancel(false);
        finish({ ok: false, error: new DOMException('The reader left the stream.', 'AbortError') });
      }
      return Promise.resolve(value).then((end) => ({ done: true, value: end! }));
    },
    [Symbol.asyncIterator]: () => stream,
  };

  return {
    stream,
    attach(to: StreamLink) {
      link = to;
    },
    /** Starts to follow the signal; after the call was sent, so that a cancel never overtakes it. */
    watch() {
      if (ending !== null || signal === undefined) return;
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort);
    },
    frame: (frame: ServerFrame) => {
      switch (frame.type) {
        case 'item': {
          if (granted === 0) {
            link?.cancel(false);
            const text = `"${method}" sent more than the ${credit} items it was granted.`;
            finish({ ok: false, error: new WeftError('channel/overflow', text) });
            return;
          }
          granted -= 1;
          const value = frame.value as Item;
          const one = waiting.shift();
          if (one === undefined) {
            unread.push(value);
          } else {
            one.resolve({ done: false, value });
            countRead();
          }
          return;
        }
        case 'end':
        case 'ok':
          finish({ ok: true, value: frame.value as Result });
          return;
        case 'err':
          finish({
            ok: false,
            error: signal?.aborted === true ? signal.reason : WeftError.fromWire(frame.error),
          });
          return;
        case 'pong':
      }
    },
    fail: (error: unknown) => finish({ ok: false, error }),
  };
}

function conclude<Item, Result>(
  one: PromiseWithResolvers<IteratorResult<Item, Result>>,
  how: NonNullable<Ending<Result>>,
): void {
  if (how.ok) one.resolve({ done: true, value: how.value });
  else one.reject(how.error);
}
