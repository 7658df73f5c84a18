import type { Stream } from '@libp2p/interface';
import { WeftError } from '../../protocol/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../protocol/mesh/constants.ts';
import type { MeshStream, Offence, Path, Peer } from '../host/mesh-host.ts';
import {
  CLOSE_WITHIN_MS,
  HIGH_WATER_BYTES,
  MAX_PAUSED_BYTES,
  MESSAGE_OVERHEAD_BYTES,
  SEND_SLICE_BYTES,
} from './constants.ts';
import { PREFIX_BYTES, createFrameReader } from './frame-reader.ts';

export interface MeshStreamInit {
  readonly peer: Peer;
  readonly path: Path;
  /** Longest message that is sent or read. */
  readonly maxMessageBytes?: number | undefined;
  /** Asked once for each message that arrived. Throws to end the stream: auth/rate-limited for too many. */
  readonly onMessage?: (sizeBytes: number) => void;
  readonly onOffence?: (offence: Offence) => void;
}

/** Whole messages over a libp2p stream: see {@link MeshStream}. */
export function createMeshStream(stream: Stream, init: MeshStreamInit): MeshStream {
  const { peer, path, maxMessageBytes = MAX_MESSAGE_BYTES } = init;
  const over = new AbortController();
  const reader = createFrameReader(maxMessageBytes);
  const inbox: Uint8Array<ArrayBuffer>[] = [];
  let inboxBytes = 0;
  /** Null while more may come. */
  let ending: { readonly error: WeftError | null } | null = null;
  let wake: (() => void) | null = null;
  let isRead = false;
  /** Each message waits for the one before: two senders never mix their bytes. */
  let sending: Promise<void> = Promise.resolve();
  let isClosing = false;

  function end(error: WeftError | null) {
    ending ??= { error };
    wake?.();
  }

  function misbehaved(error: WeftError, offence: Offence) {
    end(error);
    init.onOffence?.(offence);
    stream.abort(error);
  }

  function onMessage(event: { data: Uint8Array | { subarray(): Uint8Array } }) {
    if (ending !== null) return;
    try {
      const { data } = event;
      for (const message of reader.push(data instanceof Uint8Array ? data : data.subarray())) {
        init.onMessage?.(message.length);
        inbox.push(message);
        inboxBytes += message.length + MESSAGE_OVERHEAD_BYTES;
      }
    } catch (error) {
      const failure = WeftError.from(error, 'mesh/bad-message');
      misbehaved(failure, offenceOf(failure));
      return;
    }
    if (inboxBytes > HIGH_WATER_BYTES && stream.readStatus === 'readable') stream.pause();
    if (reader.isEnded) end(null);
    else wake?.();
  }

  /** The other side's bytes are all here. */
  function onEnd() {
    if (ending !== null) return;
    if (reader.isEnded) {
      end(null);
      return;
    }
    if (reader.pendingBytes > 0 && stream.status !== 'aborted' && stream.status !== 'reset') {
      misbehaved(new WeftError('mesh/bad-message', 'A message of a node was cut short.'), 'bad-message');
      return;
    }
    end(lost());
  }

  function onClose() {
    over.abort();
    wake?.();
    // Bytes that libp2p keeps for a paused reader are still to be read.
    const isCut = stream.status === 'aborted' || stream.status === 'reset';
    if (isCut || stream.readBufferLength === 0) onEnd();
  }

  stream.maxReadBufferLength = MAX_PAUSED_BYTES;
  stream.addEventListener('message', onMessage);
  stream.addEventListener('end', onEnd);
  stream.addEventListener('close', onClose);
  if (stream.status !== 'open' && stream.status !== 'closing') onClose();

  /** libp2p's own `onDrain` waits only once in a stream's life. */
  async function drained() {
    while (stream.writableNeedsDrain && !over.signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          stream.removeEventListener('drain', done);
          over.signal.removeEventListener('abort', done);
          resolve();
        };
        stream.addEventListener('drain', done);
        over.signal.addEventListener('abort', done);
      });
    }
  }

  async function write(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += SEND_SLICE_BYTES) {
      await drained();
      if (over.signal.aborted) throw lost();
      try {
        stream.send(bytes.subarray(at, at + SEND_SLICE_BYTES));
      } catch (error) {
        throw lost(error);
      }
    }
    await drained();
    if (over.signal.aborted) throw lost();
  }

  function queue(bytes: Uint8Array): Promise<void> {
    const written = sending.then(() => write(bytes));
    sending = written.catch(() => undefined);
    return written;
  }

  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    if (isRead) throw new WeftError('app/bad-request', 'The messages of a stream are read once.');
    isRead = true;
    try {
      for (;;) {
        const message = inbox.shift();
        if (message !== undefined) {
          inboxBytes -= message.length + MESSAGE_OVERHEAD_BYTES;
          if (inboxBytes <= HIGH_WATER_BYTES / 2 && stream.readStatus === 'paused') stream.resume();
          yield message;
        } else if (ending !== null) {
          if (ending.error !== null) throw ending.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = null;
        }
      }
    } finally {
      // Nobody reads on: what still comes is not kept.
      end(null);
      inbox.length = 0;
      inboxBytes = 0;
    }
  }

  return {
    peer,
    path,
    send(message) {
      if (message.length === 0 || message.length > maxMessageBytes) {
        return Promise.reject(
          new WeftError('mesh/too-large', `A message has ${message.length} bytes; 1 to ${maxMessageBytes} are sent.`),
        );
      }
      if (isClosing) return Promise.reject(lost());
      const framed = new Uint8Array(PREFIX_BYTES + message.length);
      new DataView(framed.buffer).setUint32(0, message.length);
      framed.set(message, PREFIX_BYTES);
      return queue(framed);
    },
    messages: { [Symbol.asyncIterator]: read },
    async close() {
      if (isClosing) return;
      isClosing = true;
      try {
        await queue(new Uint8Array(PREFIX_BYTES));
        await stream.close({ signal: AbortSignal.timeout(CLOSE_WITHIN_MS) });
      } catch {
        // It had ended already, or the other side does not answer: nothing is left to be orderly about.
        stream.abort(lost());
      }
    },
    abort() {
      isClosing = true;
      end(lost());
      stream.abort(lost());
    },
    signal: over.signal,
  };
}

function offenceOf({ code }: WeftError): Offence {
  if (code === 'mesh/too-large') return 'too-large';
  return code === 'auth/rate-limited' ? 'flood' : 'bad-message';
}

function lost(cause?: unknown): WeftError {
  return new WeftError('mesh/peer-lost', 'The connection to the other node broke off.', {
    hints: ['Try again; another node may take over.'],
    cause,
    retryable: true,
  });
}
