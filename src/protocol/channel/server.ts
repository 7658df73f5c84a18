import * as v from 'valibot';
import { WeftError } from '../errors.ts';
import type { WireError } from '../errors.ts';
import { MAX_CALLS, MAX_CREDIT, MAX_ERROR_TEXT, MAX_HINTS } from './constants.ts';
import type { Contract, Method } from './contract.ts';
import { clientFrame } from './frames.ts';
import type { ClientFrame, Frame } from './frames.ts';
import type { ChannelPort } from './port.ts';
import { Transferred } from './transferred.ts';

interface HandlerContext {
  /** Aborts when the caller cancels or is gone. A stream should then end by itself; what it yields first is delivered. */
  readonly signal: AbortSignal;
}

type MaybeTransferred<Value> = Value | Transferred<Value>;

type Handler<M extends Method> = M extends { readonly item: infer Item }
  ? (args: M['args'], context: HandlerContext) => AsyncIterable<MaybeTransferred<Item>, MaybeTransferred<M['result']>>
  : (args: M['args'], context: HandlerContext) => Promise<MaybeTransferred<M['result']>>;

export type Handlers<C extends Contract<C>> = { readonly [K in keyof C]: Handler<C[K]> };

/** A handler as the server runs it, whatever its method. */
type AnyHandler = (args: unknown, context: HandlerContext) => Promise<unknown> | AsyncIterable<unknown, unknown>;

/** One call under way. */
interface Running {
  readonly controller: AbortController;
  readonly isStream: boolean;
  /** Items the caller can still take. */
  credit: number;
  /** Nobody reads any more: send nothing further. */
  isDiscarded: boolean;
  /** Set while the stream waits for credit. */
  wake: (() => void) | null;
}

export interface ChannelServer {
  /** Aborts everything under way and closes the port. */
  readonly close: () => void;
}

/** The answering side of a typed channel. A failing handler, a foreign or a malformed frame never throws out of here. */
export function serveChannel<C extends Contract<C>>(
  port: ChannelPort,
  handlers: Handlers<C>,
  init: {
    readonly maxCalls?: number;
    /** Steps done so far on what is waited for; null while nothing is. Goes out with each answer to a ping. */
    readonly progress?: () => number | null;
  } = {},
): ChannelServer {
  const maxCalls = init.maxCalls ?? MAX_CALLS;
  const table = new Map<string, AnyHandler>(Object.entries(handlers));
  const running = new Map<number, Running>();
  let isClosed = false;

  const post = (frame: Frame, transfer?: readonly Transferable[]) => {
    if (!isClosed) port.post(frame, transfer);
  };
  const postError = (id: number, error: unknown) => {
    post({ weft: 1, type: 'err', id, error: boundedWire(WeftError.from(error)) });
  };
  const answer = (type: 'ok' | 'item' | 'end', id: number, call: Running, value: unknown) => {
    if (call.isDiscarded) return;
    const moved = value instanceof Transferred;
    try {
      post({ weft: 1, type, id, value: moved ? value.value : value }, moved ? value.transfer : undefined);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new WeftError('channel/bad-frame', `The answer could not be sent: ${text}`, { cause });
    }
  };

  const pump = async (id: number, call: Running, items: AsyncIterable<unknown, unknown>) => {
    const iterator = items[Symbol.asyncIterator]();
    try {
      while (await hasCredit(call)) {
        const next = await iterator.next();
        if (next.done === true) {
          answer('end', id, call, next.value);
          return;
        }
        call.credit -= 1;
        answer('item', id, call, next.value);
      }
    } catch (error) {
      // A stream that cannot go on must not keep its producer running; the caller learns of the first failure.
      call.controller.abort(error);
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
      throw error;
    }
    await iterator.return?.();
  };

  const run = async (id: number, call: Running, handler: AnyHandler, args: unknown) => {
    try {
      const work = handler(args, { signal: call.controller.signal });
      if (isAsyncIterable(work)) {
        if (!call.isStream)
          throw new WeftError('channel/bad-frame', 'A stream was called without credit for its items.');
        await pump(id, call, work);
      } else {
        answer('ok', id, call, await work);
      }
    } catch (error) {
      if (!call.isDiscarded) postError(id, error);
    } finally {
      running.delete(id);
    }
  };

  const discard = (call: Running) => {
    call.isDiscarded = true;
    call.controller.abort(new DOMException('The caller cancelled.', 'AbortError'));
    call.wake?.();
  };

  const accept = (frame: ClientFrame) => {
    const call = running.get(frame.id);
    switch (frame.type) {
      case 'call': {
        // An id in use belongs to a call whose answer is still due; answering this one would end that one.
        if (call !== undefined) return;
        const handler = table.get(frame.method);
        if (handler === undefined) {
          postError(frame.id, new WeftError('channel/unknown-method', `There is no method "${frame.method}" here.`));
        } else if (running.size >= maxCalls) {
          const text = `${maxCalls} calls are already under way.`;
          postError(frame.id, new WeftError('channel/too-many-calls', text, { retryable: true }));
        } else {
          const fresh: Running = {
            controller: new AbortController(),
            isStream: frame.credit !== undefined,
            credit: frame.credit ?? 0,
            isDiscarded: false,
            wake: null,
          };
          running.set(frame.id, fresh);
          void run(frame.id, fresh, handler, frame.args);
        }
        return;
      }
      case 'cancel':
        if (call === undefined) return;
        if (frame.drain) call.controller.abort(new DOMException('The caller cancelled.', 'AbortError'));
        else discard(call);
        return;
      case 'credit':
        if (call === undefined) return;
        // Twice the window is what an abort can add up to.
        call.credit = Math.min(call.credit + frame.amount, 2 * MAX_CREDIT);
        call.wake?.();
        return;
      case 'ping':
        post({ weft: 1, type: 'pong', id: frame.id, progress: init.progress?.() ?? null });
    }
  };

  const stop = () => {
    if (isClosed) return;
    isClosed = true;
    for (const call of running.values()) discard(call);
    port.close();
  };

  port.onDead(stop);
  port.onFrame((data) => {
    if (isClosed) return;
    const parsed = v.safeParse(clientFrame, data);
    if (parsed.success) {
      accept(parsed.output);
      return;
    }
    const id = brokenCallId(data);
    if (id === null || running.has(id)) return;
    postError(id, new WeftError('channel/bad-frame', `The call is malformed: ${parsed.issues[0].message}.`));
  });

  return { close: stop };
}

/** Waits until one more item may be sent; false when nobody reads any more. */
async function hasCredit(call: Running): Promise<boolean> {
  while (call.credit === 0 && !call.isDiscarded) await new Promise<void>((resolve) => (call.wake = resolve));
  return !call.isDiscarded;
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown, unknown> {
  return Symbol.asyncIterator in value;
}

/** The id of a call that is ours but otherwise malformed, so that its caller does not wait for ever. */
function brokenCallId(data: unknown): number | null {
  if (typeof data !== 'object' || data === null || !('weft' in data) || data.weft !== 1) return null;
  if (!('type' in data) || data.type !== 'call' || !('id' in data)) return null;
  return typeof data.id === 'number' && Number.isSafeInteger(data.id) && data.id >= 1 ? data.id : null;
}

/** Cuts an error's texts to what a frame may carry. */
function boundedWire(error: WeftError): WireError {
  const wire = error.toWire();
  return {
    ...wire,
    message: wire.message.slice(0, MAX_ERROR_TEXT),
    hints: wire.hints.slice(0, MAX_HINTS).map((hint) => hint.slice(0, MAX_ERROR_TEXT)),
  };
}
