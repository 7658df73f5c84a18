import { describeError } from './error-answer.ts';
import type { Task } from './task.ts';

const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(': keep-alive\n\n');
const DONE = encoder.encode('data: [DONE]\n\n');

type Part = IteratorResult<object, void>;
type Settled = { readonly part: Part } | { readonly error: unknown };

export interface EventStreamInit {
  readonly task: Task;
  /** After so long without a part a comment is sent. */
  readonly keepAliveMs: number;
}

/**
 * Answers with server-sent events. What goes wrong before the first part, or before a first comment was due, still has a
 * status of its own; later it is an event, and the stream ends without `[DONE]`. Whoever reads slowly is waited for: parts
 * are taken one at a time.
 */
export async function eventStream(
  parts: AsyncGenerator<object, void, undefined>,
  { task, keepAliveMs }: EventStreamInit,
): Promise<Response> {
  let pending: Promise<Settled> | null = settle(parts.next());
  const first = await settledWithin(pending, keepAliveMs);
  if (first !== null && 'error' in first) throw first.error;

  let isOver = false;
  let isPulling = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        // Also where nobody reads: a connection that is not read is not kept for ever.
        task.signal.addEventListener(
          'abort',
          () => {
            if (isOver || isPulling) return;
            isOver = true;
            controller.error(task.signal.reason);
            end(parts);
          },
          { once: true },
        );
      },
      async pull(controller) {
        pending ??= settle(parts.next());
        isPulling = true;
        const settled = await settledWithin(pending, keepAliveMs);
        isPulling = false;
        if (isOver) return;
        if (settled === null) {
          controller.enqueue(KEEP_ALIVE);
          return;
        }
        pending = null;
        if ('error' in settled) {
          isOver = true;
          controller.enqueue(event(describeError(settled.error).body));
          controller.close();
        } else if (settled.part.done === true) {
          isOver = true;
          controller.enqueue(DONE);
          controller.close();
        } else controller.enqueue(event(settled.part.value));
      },
      cancel(reason) {
        isOver = true;
        task.abort(reason);
        end(parts);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // nginx would collect the answer first.
      'x-accel-buffering': 'no',
    },
  });
}

function event(value: object): Uint8Array<ArrayBuffer> {
  return encoder.encode(`data: ${JSON.stringify(value)}\n\n`);
}

/** Nobody is there to be told how that ends. */
function end(parts: AsyncGenerator<object, void, undefined>): void {
  parts.return().catch(() => undefined);
}

function settle(next: Promise<Part>): Promise<Settled> {
  return next.then(
    (part) => ({ part }),
    (error: unknown) => ({ error }),
  );
}

async function settledWithin(pending: Promise<Settled>, ms: number): Promise<Settled | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([pending, quiet]);
  } finally {
    clearTimeout(timer);
  }
}
