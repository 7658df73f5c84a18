import type { Engine, GenerateEvent, GenerateRequest, ModelInfo, ModelRef } from '../../engine/engine.ts';
import type { InferProvider, Job, JobEvent } from '../../mesh/infer/infer.ts';
import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import type { TokenizerKit } from '../../protocol/model-manifest/tokenizer-kit.ts';
import { grammarHashOf } from '../../protocol/par1/grammar-hash.ts';
import { canFit } from '../../protocol/prompt-size.ts';
import { abortable } from '../abortable.ts';
import type { Live } from '../live.ts';
import type { ContributeRules } from '../mesh/mesh-view.ts';
import { createActivityMeter } from './activity.ts';
import type { Activity } from './activity.ts';
import { createFairQueue } from './fair-queue.ts';
import { readOut } from './read-out.ts';
import { signReceipt } from './sign-receipt.ts';
import type { ReceiptBook } from './sign-receipt.ts';

/** Conversations of the last jobs whose beginning may still be in the cache: the engine keeps one. */
const NO_CONVERSATION = '';

/** A model that others may use. */
interface ServedModel {
  readonly ref: ModelRef;
  readonly info: ModelInfo;
}

export interface ProviderInit {
  /** Where offers and receipts count. */
  readonly domain: SigningDomain;
}

export interface ProviderDeps {
  /** The engine as guests get it: behind this node's own person. */
  readonly engine: Engine;
  /** True while this node's own person waits for a guest. */
  readonly isHeldUp: Live<boolean>;
  readonly signer: NodeSigner;
  /** Receipts that were written. */
  readonly receipts: ReceiptBook;
  readonly nowMs: () => number;
  /** A job began, waits or ended: {@link Provider.activity} is another. */
  readonly onActivity: () => void;
}

/** What this node does for others: one job at a time, members by turns, its own person first. */
export interface Provider extends InferProvider {
  /** What is served from now on; null: nothing. Figures begin anew. */
  serve(model: ServedModel | null): void;
  /** False: what is there is ended, and nothing new is taken. */
  accept(isAccepting: boolean): void;
  limit(rules: Pick<ContributeRules, 'maxWaiting' | 'maxTokens'>): void;
  /** Takes nothing new; resolves when the last job is over. What is not by then hands over what it has. */
  drain(withinMs: number): Promise<void>;
  activity(): Activity;
  /** For nodes that write prompts for what is served; null for any other model. */
  tokenizerKit(manifest: Hex32): Promise<TokenizerKit | null>;
}

export function createProvider({ domain }: ProviderInit, deps: ProviderDeps): Provider {
  const { engine, isHeldUp, signer, receipts, nowMs } = deps;
  const queue = createFairQueue({ maxWaiting: 0 });
  const meter = createActivityMeter({ nowMs });
  let served: ServedModel | null = null;
  let kit: { readonly manifest: Hex32; readonly promise: Promise<TokenizerKit> } | null = null;
  let isAccepting = false;
  let maxTokens = 0;
  let warm = NO_CONVERSATION;
  /** Jobs that are there, each with the way to make it hand over. */
  const jobs = new Set<() => void>();
  let idle = Promise.withResolvers<undefined>();

  const check = ({ offer, request }: Job): ServedModel => {
    const { manifest, grammarHash, pricePerToken } = offer.offer;
    if (served?.info.manifest !== manifest) {
      throw new WeftError('infer/model-not-here', 'This node does not serve that model now.', { retryable: true });
    }
    if (!isAccepting) {
      throw new WeftError('infer/draining', 'This node takes nothing new now.', { retryable: true });
    }
    if (pricePerToken !== 0n) {
      // Nothing here takes money yet, so nobody may owe any.
      throw new WeftError('infer/price', 'This node works for nothing and takes no offer with a price.');
    }
    if (offer.offer.maxTokens > maxTokens || request.sampling.maxTokens !== offer.offer.maxTokens) {
      throw new WeftError('infer/too-long', `This node gives others at most ${maxTokens} tokens at a time.`, {
        hints: ['Ask for a shorter answer.'],
      });
    }
    if (!canFit(request, served.info.contextLimit)) {
      throw new WeftError('infer/too-long', 'The question is longer than the model here can read.', {
        hints: ['Ask a shorter question.'],
      });
    }
    if (grammarHashOf(request) !== grammarHash) {
      throw new WeftError('infer/bad-offer', 'The order names another form of answer than the question.');
    }
    return served;
  };

  const requestOf = (job: Job, { ref }: ServedModel): GenerateRequest => {
    const { promptHash, nonce } = job.offer.offer;
    return { ...job.request, model: ref, job: { jobId: job.jobId, nonce, promptHash } };
  };

  async function* answer(job: Job, signal: AbortSignal): AsyncGenerator<JobEvent, void, undefined> {
    const model = check(job);
    if (await receipts.has(job.jobId)) {
      throw new WeftError('infer/bad-offer', 'This order was done already; a receipt is signed once.');
    }
    const handOver = new AbortController();
    const leave = () => {
      const error = new WeftError('infer/draining', 'This node takes nothing new now.', { retryable: true });
      handOver.abort(error);
    };
    const place = queue.join({ member: job.consumer.peerId, isWarm: job.conversation === warm });
    jobs.add(leave);
    deps.onActivity();
    try {
      for (;;) {
        // Taken before the reader has its pause, lest the queue moves meanwhile unheard.
        const moved = place.moved();
        if (place.ahead === 0) break;
        yield { type: 'queued', ahead: place.ahead };
        await abortable(moved, AbortSignal.any([signal, handOver.signal]));
      }
      if (served !== model) {
        throw new WeftError('infer/model-not-here', 'This node serves another model by now.', { retryable: true });
      }
      // Not at the turn's beginning: whoever of the house comes while this one runs makes it hand over.
      const unfollow = isHeldUp.subscribe((isHeld) => {
        if (isHeld) leave();
      });
      warm = job.conversation;
      try {
        const stopped = AbortSignal.any([signal, handOver.signal]);
        const events = engine.generate(requestOf(job, model), { signal: stopped });
        // A consumer that reads no more must not keep the engine from those who wait for it here.
        for await (const event of readOut(events, stopped)) {
          if (event.type === 'token' && event.isRest !== true) meter.token();
          const told = await toJobEvent(event, job);
          // Counted here: who has the end does not read on.
          if (told?.type === 'done') meter.jobEnded(job.consumer.peerId);
          if (told !== null) yield told;
        }
      } catch (error) {
        warm = NO_CONVERSATION;
        throw error;
      } finally {
        unfollow();
      }
    } finally {
      place.leave();
      jobs.delete(leave);
      if (jobs.size === 0) {
        idle.resolve(undefined);
        idle = Promise.withResolvers<undefined>();
      }
      deps.onActivity();
    }
  }

  const toJobEvent = async (event: GenerateEvent, job: Job): Promise<JobEvent | null> => {
    switch (event.type) {
      case 'served-by':
        return null;
      case 'loading':
        return { type: 'loading', ratio: event.progress.ratio };
      case 'done': {
        const { reason, stats, commitment } = event;
        const receipt =
          commitment === null
            ? null
            : await signReceipt({ domain, jobId: job.jobId, commitment }, { signer, receipts });
        return { type: 'done', reason, stats, receipt };
      }
      default:
        return event;
    }
  };

  return {
    answer,

    embed: () =>
      Promise.reject(
        new WeftError('infer/model-not-here', 'This node serves no model that turns texts into vectors.', {
          retryable: true,
        }),
      ),

    serve(model) {
      served = model;
      kit = null;
      warm = NO_CONVERSATION;
      meter.reset();
    },
    accept(accepting) {
      isAccepting = accepting;
    },
    limit(rules) {
      queue.setLimit(rules.maxWaiting);
      maxTokens = rules.maxTokens;
    },

    async drain(withinMs) {
      isAccepting = false;
      if (jobs.size === 0) return;
      const over = idle.promise;
      const timer = setTimeout(() => {
        for (const leave of jobs) leave();
      }, withinMs);
      await over;
      clearTimeout(timer);
    },

    activity: () => ({ running: queue.running, waiting: queue.waiting, ...meter.figures }),

    async tokenizerKit(manifest) {
      const model = served;
      if (model?.info.manifest !== manifest) return null;
      if (kit?.manifest !== manifest) {
        const promise = engine.tokenizerKit(model.ref, {});
        const own = { manifest, promise };
        kit = own;
        promise.catch(() => {
          if (kit === own) kit = null;
        });
      }
      return kit.promise;
    },
  };
}
