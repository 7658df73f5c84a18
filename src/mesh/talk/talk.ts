import type * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../../protocol/cbor.ts';
import { WeftError } from '../../protocol/errors.ts';
import { ALIVE_EVERY_MS, DEAD_AFTER_MS } from '../../protocol/mesh/constants.ts';
import type { MeshHost, MeshStream, Offence } from '../host/mesh-host.ts';
import {
  CLOSE_GRACE_MS,
  MAX_ALIVE_BURST,
  MAX_ALIVE_PER_S,
  MAX_COUNTED_PAUSE_MS,
  MAX_UNREAD_BYTES,
  MAX_UNREAD_MESSAGES,
  SEND_STALL_MS,
  TICK_MS,
} from './constants.ts';
import type { Ticker } from './ticker.ts';

interface Said {
  readonly t: string;
}

/** The same, with nothing in it to be changed. */
type Frozen<T> = T extends Uint8Array
  ? Uint8Array
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Frozen<T[Key]> }
      : T;

/** What is sent so that a peer with this schema reads it. */
export type Outgoing<Schema extends v.GenericSchema<Said>> = Frozen<v.InferInput<Schema>>;

export interface TalkInit<Schema extends v.GenericSchema<Said, Said>> {
  readonly stream: MeshStream;
  /** What the peer may say. */
  readonly schema: Schema;
  /** Longest message of the peer, in bytes. */
  readonly maxBytes: number;
  /** Begins sentences of errors: "A message of the node that answers". */
  readonly what: string;
  /** How long the peer may be silent; {@link DEAD_AFTER_MS} where it is absent. */
  readonly deadAfterMs?: number;
  /** The peer's first message may be a long one, and is waited for by whoever reads. */
  readonly isFirstLong?: boolean;
  /** Looks at each message as it arrives; what it throws ends the talk, and costs the peer its standing. */
  readonly check?: (message: v.InferOutput<Schema>) => void;
}

export interface TalkDeps {
  readonly host: Pick<MeshHost, 'report'>;
  readonly ticker: Ticker;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

/**
 * Typed messages over one stream. Both sides say every 500 ms that they are there; after 1.5 s of silence the peer counts
 * as lost. What does not fit ends the talk at once: the reader gets mesh/bad-message, the peer loses standing.
 */
export interface Talk<In, Out> {
  /** In the order of the calls; rejects with what ended the talk. */
  send(message: Out): Promise<void>;
  /** The next message; null when the peer has said all. Rejects with what ended the talk. */
  next(): Promise<In | null>;
  /** Aborts with the reason when the talk is over before its time; never after {@link close}. */
  readonly signal: AbortSignal;
  /** Ends both sides at once. With an offence, the peer's standing falls. */
  fail(reason: unknown, offence?: Offence): void;
  /** All is said: what is on its way still goes out, and nothing more is expected of the peer. Never rejects. */
  close(): Promise<void>;
}

export function createTalk<Schema extends v.GenericSchema<Said, Said>, Out extends Said>(
  init: TalkInit<Schema>,
  { host, ticker, nowMs }: TalkDeps,
): Talk<v.InferOutput<Schema>, Out> {
  type In = v.InferOutput<Schema>;
  const { stream, schema, maxBytes, what, deadAfterMs = DEAD_AFTER_MS } = init;
  const { peerId } = stream.peer;
  const over = new AbortController();
  const unread: { readonly message: In; readonly bytes: number }[] = [];
  let unreadBytes = 0;
  let waiting: PromiseWithResolvers<In | null> | null = null;
  let hasBegun = init.isFirstLong !== true;
  let hasEnded = false;
  let isClosing = false;

  let outbox: Promise<void> = Promise.resolve();
  let sending = 0;
  let sentAtMs = nowMs();
  let stuckMs = 0;
  let silentMs = 0;
  let tickedAtMs = nowMs();
  let aliveLeft = MAX_ALIVE_BURST;

  const fail = (reason: unknown, offence?: Offence): void => {
    if (over.signal.aborted) return;
    if (offence !== undefined) host.report(peerId, offence);
    stopTicks();
    stream.abort();
    if (isClosing) return;
    over.abort(reason);
    unread.length = 0;
    waiting?.reject(reason);
    waiting = null;
  };

  const post = (message: Said): Promise<void> => {
    sending += 1;
    const sent = outbox.then(async () => {
      over.signal.throwIfAborted();
      try {
        await stream.send(encodeCbor(message));
        sentAtMs = nowMs();
        stuckMs = 0;
      } catch (error) {
        fail(error);
        throw over.signal.aborted ? over.signal.reason : error;
      } finally {
        sending -= 1;
      }
    });
    outbox = sent.catch(() => undefined);
    return sent;
  };

  const onTick = () => {
    const now = nowMs();
    const pauseMs = Math.min(now - tickedAtMs, MAX_COUNTED_PAUSE_MS);
    tickedAtMs = now;
    aliveLeft = Math.min(MAX_ALIVE_BURST, aliveLeft + (pauseMs * MAX_ALIVE_PER_S) / 1000);
    if (hasBegun && !hasEnded && !isClosing) silentMs += pauseMs;
    if (sending > 0) stuckMs += pauseMs;
    if (silentMs >= deadAfterMs) fail(peerLost());
    else if (stuckMs >= SEND_STALL_MS) fail(peerLost(), 'broke-off');
    // Where the transport takes nothing, one more message would only wait.
    else if (!isClosing && sending === 0 && now - sentAtMs >= ALIVE_EVERY_MS - TICK_MS / 2) {
      post({ t: 'alive' }).catch(() => undefined); // Who waits for an answer hears of it.
    }
  };

  const take = (bytes: Uint8Array): void => {
    silentMs = 0;
    hasBegun = true;
    if (bytes.length > maxBytes) throw new WeftError('mesh/too-large', `${what} has ${bytes.length} bytes.`);
    const message: In = decodeCbor(what, schema, bytes);
    if (message.t === 'alive') {
      aliveLeft -= 1;
      if (aliveLeft < 0) throw badMessage(what, 'says too often that it is there');
      return;
    }
    init.check?.(message);
    // It was on its way when all was said.
    if (isClosing) return;
    if (waiting !== null) {
      waiting.resolve(message);
      waiting = null;
      return;
    }
    unread.push({ message, bytes: bytes.length });
    unreadBytes += bytes.length;
    if (unread.length > MAX_UNREAD_MESSAGES || unreadBytes > MAX_UNREAD_BYTES) {
      throw badMessage(what, 'is one of too many');
    }
  };

  const listen = async (): Promise<void> => {
    try {
      for await (const bytes of stream.messages) {
        if (over.signal.aborted) return;
        try {
          take(bytes);
        } catch (error) {
          fail(error, WeftError.from(error).code === 'mesh/too-large' ? 'too-large' : 'bad-message');
          return;
        }
      }
      hasEnded = true;
      waiting?.resolve(null);
      waiting = null;
    } catch (error) {
      // The host has told the peer's score already where it was the peer's fault.
      fail(error instanceof WeftError ? error : peerLost(error));
    }
  };

  const stopTicks = ticker(TICK_MS, onTick);
  const listening = listen();

  return {
    signal: over.signal,
    send: post,
    async next() {
      over.signal.throwIfAborted();
      const first = unread.shift();
      if (first !== undefined) {
        unreadBytes -= first.bytes;
        return first.message;
      }
      if (hasEnded) return null;
      waiting ??= Promise.withResolvers<In | null>();
      return waiting.promise;
    },
    fail,
    async close() {
      if (isClosing || over.signal.aborted) return;
      isClosing = true;
      await outbox;
      await stream.close();
      const timer = setTimeout(() => fail(peerLost()), CLOSE_GRACE_MS);
      void listening.then(() => {
        clearTimeout(timer);
        stopTicks();
      });
    },
  };
}

/** The peer was there and is not any more. */
export function peerLost(cause?: unknown): WeftError {
  return new WeftError('mesh/peer-lost', 'The other node is not there any more.', {
    hints: ['Ask again: another node may answer.'],
    retryable: true,
    cause,
  });
}

export function badMessage(what: string, how: string): WeftError {
  return new WeftError('mesh/bad-message', `${what} ${how}.`);
}
