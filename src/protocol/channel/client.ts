import * as v from 'valibot';
import { WeftError } from '../errors.ts';
import { CANCEL_GRACE_MS, DEFAULT_CREDIT, MAX_CALLS, MAX_CREDIT } from './constants.ts';
import type { CallName, Contract, ItemOf, StreamName } from './contract.ts';
import { serverFrame } from './frames.ts';
import type { ServerFrame } from './frames.ts';
import { createHeartbeat } from './heartbeat.ts';
import type { HeartbeatInit } from './heartbeat.ts';
import type { ChannelPort } from './port.ts';
import { createStreamReader } from './stream-reader.ts';
import type { ChannelStream } from './stream-reader.ts';

export interface ChannelClientInit {
  /** Who answers, for texts: "the engine worker". */
  readonly peer: string;
  /** Calls and streams open at a time. Default 64. */
  readonly maxCalls?: number;
  /** How long an aborted stream may take to end by itself. Default 1000. */
  readonly graceMs?: number;
  /** For a side that may hang without dying: while calls are open it is pinged, and given up when it does not answer. */
  readonly heartbeat?: HeartbeatInit;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Buffers inside `args` that move instead of being copied. */
  readonly transfer?: readonly Transferable[];
}

interface StreamOptions extends CallOptions {
  /** Items that may wait here unread, 1 to 1024. Default 64. */
  readonly credit?: number;
}

export interface ChannelClient<C extends Contract<C>> {
  /** Rejects with the method's WeftError, the signal's reason, app/worker-dead, channel/too-many-calls or channel/bad-frame. */
  call<M extends CallName<C>>(method: M, args: C[M]['args'], options?: CallOptions): Promise<C[M]['result']>;
  /** Starts at once; see {@link ChannelStream} for how it ends. */
  stream<M extends StreamName<C>>(
    method: M,
    args: C[M]['args'],
    options?: StreamOptions,
  ): ChannelStream<ItemOf<C[M]>, C[M]['result']>;
  /** Rejects everything pending and every later call with `error` (default app/worker-dead) and closes the port. */
  close(error?: Error): void;
}

/** One open call: told what the server sends for it, or that nothing more will come. */
interface Pending {
  frame(frame: ServerFrame): void;
  fail(error: unknown): void;
}

/** The asking side of a typed channel. */
export function createChannelClient<C extends Contract<C>>(
  port: ChannelPort,
  init: ChannelClientInit,
): ChannelClient<C> {
  const maxCalls = init.maxCalls ?? MAX_CALLS;
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let closed: { readonly error: Error } | null = null;

  const shut = (error: Error) => {
    if (closed !== null) return;
    closed = { error };
    const open = [...pending.values()];
    pending.clear();
    heartbeat?.follow(false);
    for (const one of open) one.fail(error);
  };

  let pings = 0;
  const heartbeat =
    init.heartbeat === undefined
      ? null
      : createHeartbeat(init.heartbeat, {
          ping: () => port.post({ weft: 1, type: 'ping', id: ++pings }),
          onDead(fault) {
            shut(
              workerDead(
                fault === 'silent'
                  ? `No sign of life comes from ${init.peer} any more.`
                  : `What ${init.peer} waits for does not come any more.`,
              ),
            );
            port.close();
          },
        });

  /** Nothing more is expected for this call. */
  const settled = (id: number) => {
    pending.delete(id);
    if (pending.size === 0) heartbeat?.follow(false);
  };

  port.onDead((cause) => {
    shut(workerDead(`The connection to ${init.peer} was lost: ${textOf(cause)}`, cause));
    port.close();
  });
  port.onFrame((data) => {
    const parsed = v.safeParse(serverFrame, data);
    if (parsed.success) {
      heartbeat?.heard();
      if (parsed.output.type === 'pong') {
        heartbeat?.answered(parsed.output.progress ?? null);
        return;
      }
      // A frame without a pending call answers one that was aborted meanwhile.
      pending.get(parsed.output.id)?.frame(parsed.output);
      return;
    }
    const broken = idOf(data);
    if (broken === null) return;
    const one = pending.get(broken);
    if (one === undefined) return;
    cancel(broken, false);
    const what = parsed.issues[0].message;
    one.fail(new WeftError('channel/bad-frame', `A frame from ${init.peer} is malformed: ${what}.`));
  });

  const cancel = (id: number, drain: boolean) => {
    if (closed === null) port.post({ weft: 1, type: 'cancel', id, drain });
  };

  /** Registers the call and sends it; what cannot be sent fails it. */
  const open = (method: string, args: unknown, options: StreamOptions, credit: number | null, make: MakePending) => {
    const id = ++lastId;
    const one = make(id);
    if (closed !== null) {
      one.fail(closed.error);
    } else if (pending.size >= maxCalls) {
      one.fail(
        new WeftError('channel/too-many-calls', `${maxCalls} calls to ${init.peer} are already waiting.`, {
          hints: ['Wait until one of them has ended, then try again.'],
          retryable: true,
        }),
      );
    } else {
      pending.set(id, one);
      try {
        const frame = { weft: 1, type: 'call', id, method, args } as const;
        port.post(credit === null ? frame : { ...frame, credit }, options.transfer);
        heartbeat?.follow(true);
      } catch (cause) {
        one.fail(new WeftError('channel/bad-frame', `"${method}" could not be sent: ${textOf(cause)}`, { cause }));
      }
    }
  };

  return {
    call<M extends CallName<C>>(method: M, args: C[M]['args'], options: CallOptions = {}) {
      return new Promise<C[M]['result']>((resolve, reject) => {
        const { signal } = options;
        if (signal?.aborted === true) {
          reject(asError(signal.reason));
          return;
        }
        open(method, args, options, null, (id) => {
          const settle = () => {
            settled(id);
            signal?.removeEventListener('abort', onAbort);
          };
          const onAbort = () => {
            settle();
            cancel(id, false);
            reject(asError(signal?.reason));
          };
          signal?.addEventListener('abort', onAbort);
          return {
            frame(frame) {
              settle();
              if (frame.type === 'ok') {
                resolve(frame.value);
              } else if (frame.type === 'err') {
                reject(WeftError.fromWire(frame.error));
              } else {
                cancel(id, false);
                reject(
                  new WeftError('channel/bad-frame', `"${method}" answered with a stream where one value was due.`),
                );
              }
            },
            fail(error) {
              settle();
              reject(asError(error));
            },
          };
        });
      });
    },

    stream<M extends StreamName<C>>(method: M, args: C[M]['args'], options: StreamOptions = {}) {
      const credit = Math.min(MAX_CREDIT, Math.max(1, options.credit ?? DEFAULT_CREDIT));
      const reader = createStreamReader<ItemOf<C[M]>, C[M]['result']>({
        method,
        credit,
        signal: options.signal,
        graceMs: init.graceMs ?? CANCEL_GRACE_MS,
      });
      open(method, args, options, credit, (id) => {
        reader.attach({
          grant(amount) {
            if (closed === null) port.post({ weft: 1, type: 'credit', id, amount });
          },
          cancel: (drain) => cancel(id, drain),
          settled: () => settled(id),
        });
        return { frame: reader.frame, fail: reader.fail };
      });
      reader.watch();
      return reader.stream;
    },

    close(error) {
      shut(error ?? workerDead(`The connection to ${init.peer} was closed.`));
      port.close();
    },
  };
}

type MakePending = (id: number) => Pending;

function workerDead(text: string, cause?: unknown): WeftError {
  return new WeftError('app/worker-dead', text, {
    hints: ['Try again; if it happens repeatedly, reload the page.'],
    retryable: true,
    cause,
  });
}

/** AbortSignal reasons may be anything; a non-error is passed through as it is. */
function asError(reason: unknown): Error {
  return reason as Error;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The id of a frame that is ours but otherwise malformed. */
function idOf(data: unknown): number | null {
  if (typeof data !== 'object' || data === null || !('weft' in data) || data.weft !== 1 || !('id' in data)) return null;
  return typeof data.id === 'number' ? data.id : null;
}
