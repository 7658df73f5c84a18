import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { INFER_PROTOCOL, MAX_ASK_BYTES } from '../../protocol/mesh/constants.ts';
import { offerToWire, providerMessageSchema } from '../../protocol/mesh/job.ts';
import type { consumerMessageSchema, ProviderMessage } from '../../protocol/mesh/job.ts';
import type { SignedOffer } from '../../protocol/mesh/signed-offer.ts';
import type { PromptRequest } from '../../protocol/prompt-request.ts';
import type { MeshHost } from '../host/mesh-host.ts';
import { createTalk } from '../talk/talk.ts';
import type { Outgoing, Talk } from '../talk/talk.ts';
import { intervalTicker } from '../talk/ticker.ts';
import type { Ticker } from '../talk/ticker.ts';
import { createAnswerOrder } from './answer-order.ts';
import { MAX_STEP_BYTES, MAX_STREAMS_PER_PEER, VECTORS_SILENCE_MS } from './constants.ts';
import type { JobEvent } from './infer.ts';
import { receiveAnswer } from './receive-answer.ts';
import { receiveVectors } from './receive-vectors.ts';

interface Question {
  /** Who is asked. */
  readonly peerId: string;
  /** Signed by this node, for the one that is asked. */
  readonly offer: SignedOffer;
  readonly request: PromptRequest;
  /** 16 bytes. */
  readonly conversation: Uint8Array;
  readonly signal: AbortSignal;
}

interface VectorsQuestion {
  readonly peerId: string;
  readonly manifest: Hex32;
  readonly inputs: readonly string[];
  readonly signal: AbortSignal;
}

/** Asks other nodes to do jobs. */
export interface InferClient {
  /**
   * One answer; its receipt is checked before `done` is told. Whoever reads slowly makes the provider wait. Aborting ends
   * it with `done` and reason `aborted` where the provider says so at once, else it throws the signal's reason. Throws
   * mesh/peer-lost, mesh/bad-message, mesh/too-large, infer/* codes, and what `openStream` throws.
   */
  ask(question: Question): AsyncGenerator<JobEvent, void, undefined>;
  /** Throws as `ask` does. */
  embed(
    question: VectorsQuestion,
  ): Promise<{ readonly vectors: readonly Float32Array[]; readonly promptTokens: number }>;
}

export interface InferClientInit {
  readonly host: Pick<MeshHost, 'openStream' | 'report' | 'praise'>;
  /** Where offers and receipts count. */
  readonly domain: SigningDomain;
  /** Keeps the beat of "I am here"; timers where it is absent. */
  readonly ticker?: Ticker;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

const WHAT = 'A message of the node that answers';

export type ProviderTalk = Talk<ProviderMessage, Outgoing<typeof consumerMessageSchema>>;

export function createInferClient(init: InferClientInit): InferClient {
  const { host, domain, ticker = intervalTicker, nowMs = () => performance.now() } = init;
  const open = new Map<string, number>();

  /** A stream on which jobs of this kind may be asked for; `leave` when it is over. */
  const begin = async (
    question: { readonly peerId: string; readonly signal: AbortSignal },
    order: ReturnType<typeof createAnswerOrder>,
    limits: { readonly maxBytes: number; readonly deadAfterMs?: number },
  ) => {
    const { peerId, signal } = question;
    signal.throwIfAborted();
    const before = open.get(peerId) ?? 0;
    if (before >= MAX_STREAMS_PER_PEER) {
      throw new WeftError('infer/busy', `${before} questions are with this node already.`, {
        hints: ['Ask another node.'],
        retryable: true,
      });
    }
    open.set(peerId, before + 1);
    const leave = () => {
      const left = (open.get(peerId) ?? 1) - 1;
      if (left === 0) open.delete(peerId);
      else open.set(peerId, left);
    };
    try {
      const stream = await host.openStream(peerId, INFER_PROTOCOL, { signal, maxMessageBytes: MAX_ASK_BYTES });
      const talk: ProviderTalk = createTalk(
        { stream, schema: providerMessageSchema, what: WHAT, check: order.check, ...limits },
        { host, ticker, nowMs },
      );
      return { talk, provider: stream.peer.address, leave };
    } catch (error) {
      leave();
      throw error;
    }
  };

  return {
    async *ask(question) {
      const { offer, request, conversation, signal, peerId } = question;
      const order = createAnswerOrder({ kind: 'answer', maxTokens: offer.offer.maxTokens });
      const { talk, provider, leave } = await begin(question, order, { maxBytes: MAX_STEP_BYTES });
      let isOver = false;
      try {
        if (provider !== offer.offer.provider) {
          throw new WeftError('app/internal', 'The order names another node than the one that is asked.');
        }
        const signed = { offer: offerToWire(offer.offer), signature: offer.signature };
        // A refusal may be here before all of a question is there; what ends the talk is thrown by reading.
        talk.send({ t: 'ask', ...signed, request, conversation }).catch(() => undefined);
        const done = yield* receiveAnswer({ talk, order, offer: offer.offer, domain, signal });
        isOver = true;
        host.praise(peerId);
        void talk.close();
        // Last of all: a reader that has it need not come back.
        yield done;
      } catch (error) {
        if (error instanceof WeftError && error.code === 'infer/bad-receipt') talk.fail(error, 'lied');
        throw error;
      } finally {
        if (!isOver) talk.fail(readerLeft());
        leave();
      }
    },

    async embed(question) {
      const { manifest, inputs, signal } = question;
      const order = createAnswerOrder({ kind: 'vectors', maxTokens: 0 });
      const { talk, leave } = await begin(question, order, {
        maxBytes: MAX_ASK_BYTES,
        deadAfterMs: VECTORS_SILENCE_MS,
      });
      const onAbort = () => talk.fail(signal.reason);
      signal.addEventListener('abort', onAbort);
      try {
        talk.send({ t: 'embed', manifest, inputs }).catch(() => undefined);
        const result = await receiveVectors(talk, inputs.length);
        host.praise(question.peerId);
        void talk.close();
        return result;
      } catch (error) {
        talk.fail(error);
        throw error;
      } finally {
        signal.removeEventListener('abort', onAbort);
        leave();
      }
    },
  };
}

function readerLeft(): DOMException {
  return new DOMException('The reader of an answer left.', 'AbortError');
}
