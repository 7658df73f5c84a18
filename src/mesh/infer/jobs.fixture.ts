import { typedDataDigest } from '../../protocol/eip712/digest.ts';
import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import type { Message } from '../../protocol/eip712/types.ts';
import { address, fromHex, hex32 } from '../../protocol/ids.ts';
import { signOffer } from '../../protocol/mesh/signed-offer.ts';
import type { SignedOffer } from '../../protocol/mesh/signed-offer.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { encodeReceipt, receiptHash } from '../../protocol/par1/receipt.ts';
import { deriveSeed } from '../../protocol/par1/seed.ts';
import { tokensHash } from '../../protocol/par1/tokens-hash.ts';
import type { PromptRequest } from '../../protocol/prompt-request.ts';
import type { InferProvider, Job, JobEvent, SignedReceipt } from './infer.ts';

export const DOMAIN: SigningDomain = { chainId: 31_337n, verifyingContract: address(new Uint8Array(20).fill(9)) };
export const NOW_S = 1_800_000_000;
export const MANIFEST = hex32(new Uint8Array(32).fill(7));

export const STATS = {
  promptTokens: 5,
  cachedTokens: 0,
  completionTokens: 0,
  timeToFirstTokenMs: 1,
  decodeTokensPerSecond: 1,
  contextTokens: 5,
  contextLimit: 1_000,
};

let nonces = 0;

export function requestOf(text: string, maxTokens = 10_000): PromptRequest {
  return {
    turns: [{ role: 'user', content: text }],
    answerPrefix: '',
    sampling: { temperature: 0.7, topP: 0.9, topK: 32, maxTokens, seed: null, stop: [] },
  };
}

/** An order of `consumer` for `provider`, a new one each time. */
export function offerOf(
  consumer: NodeSigner,
  provider: NodeSigner,
  change: Partial<Message<'Offer'>> = {},
): SignedOffer {
  const nonce = new Uint8Array(32);
  new DataView(nonce.buffer).setUint32(0, (nonces += 1));
  const offer: Message<'Offer'> = {
    consumer: consumer.address,
    provider: provider.address,
    manifest: MANIFEST,
    promptHash: hex32(new Uint8Array(32).fill(5)),
    nonce: hex32(nonce),
    temperatureQ: 717,
    topPBps: 9_000,
    topK: 32,
    penaltiesHash: hex32(new Uint8Array(32)),
    grammarHash: hex32(new Uint8Array(32)),
    maxTokens: 10_000,
    pricePerToken: 0n,
    maxAmount: 0n,
    expiry: BigInt(NOW_S + 60),
    ...change,
  };
  return signOffer(DOMAIN, offer, consumer);
}

/** The receipt that an honest provider signs for these tokens. */
export function receiptOf(
  { jobId, offer: { offer } }: Pick<Job, 'jobId' | 'offer'>,
  ids: readonly number[],
  signer: NodeSigner,
): SignedReceipt {
  const bytes = encodeReceipt({
    chainId: DOMAIN.chainId,
    jobId,
    prover: signer.address,
    manifest: offer.manifest,
    promptHash: offer.promptHash,
    outputHash: hex32(tokensHash(ids)),
    params: { temperatureQ: offer.temperatureQ, topPBps: offer.topPBps, topK: offer.topK },
    seed: hex32(deriveSeed(fromHex(jobId, 32), fromHex(offer.nonce, 32))),
    leafCount: ids.length,
    root: hex32(new Uint8Array(32).fill(3)),
  });
  const signature = signer.sign(typedDataDigest(DOMAIN, 'Receipt', { receiptHash: receiptHash(bytes) }));
  return { bytes: Uint8Array.from(bytes), signature };
}

export interface CountingProvider extends InferProvider {
  /** What happened, in order. */
  readonly log: string[];
  /** Tokens it has written. */
  readonly written: () => number;
}

/** Writes the numbers 0, 1, 2… as tokens until it has `length` of them, or is stopped. */
export function createCountingProvider(signer: NodeSigner, length: number): CountingProvider {
  const log: string[] = [];
  let written = 0;
  return {
    log,
    written: () => written,
    async *answer(job, signal): AsyncGenerator<JobEvent> {
      log.push('begin');
      const ids: number[] = [];
      try {
        yield { type: 'queued', ahead: 1 };
        yield { type: 'prefill', promptTokens: 5, cachedTokens: 0, doneTokens: 5 };
        while (ids.length < length && !signal.aborted) {
          ids.push(ids.length);
          written += 1;
          yield { type: 'token', id: ids.length - 1, text: ` ${ids.length - 1}` };
          await new Promise<void>((resolve) => setTimeout(resolve));
        }
      } finally {
        log.push(signal.aborted ? 'stopped' : 'end');
      }
      const receipt = ids.length === 0 ? null : receiptOf(job, ids, signer);
      yield { type: 'done', reason: signal.aborted ? 'aborted' : 'length', stats: STATS, receipt };
    },
    embed: ({ inputs }) =>
      Promise.resolve({
        vectors: inputs.map((text) => Float32Array.of(text.length, 0.5)),
        promptTokens: inputs.length,
      }),
  };
}
