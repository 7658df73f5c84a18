import type { EncodedPrompt, EncodePromptRequest } from '../../../engine/engine.ts';
import type { SigningDomain } from '../../../protocol/eip712/digest.ts';
import { WeftError } from '../../../protocol/errors.ts';
import { hex32 } from '../../../protocol/ids.ts';
import type { NodeSigner } from '../../../protocol/mesh/signed.ts';
import { signOffer } from '../../../protocol/mesh/signed-offer.ts';
import type { SignedOffer } from '../../../protocol/mesh/signed-offer.ts';
import type { PromptRequest } from '../../../protocol/prompt-request.ts';
import type { Candidate } from './choose.ts';

/** Ids of a prompt without the model; see Engine.encodePrompt. */
export type EncodePrompt = (
  request: EncodePromptRequest,
  options: { readonly signal?: AbortSignal },
) => Promise<EncodedPrompt>;

/** Seconds that an offer counts: a node that gets it later does not begin any more. */
const OFFER_LIFETIME_S = 300;
const NONCE_BYTES = 32;
/** No penalties: the engine has none. */
const NONE = hex32(new Uint8Array(32));

/** The order for one part of an answer, signed. Throws engine/context-full where the prompt leaves no room to answer. */
export function writeOffer(
  { domain }: { readonly domain: SigningDomain },
  job: { readonly candidate: Candidate; readonly encoded: EncodedPrompt; readonly request: PromptRequest },
  deps: {
    readonly signer: NodeSigner;
    readonly nowMs: () => number;
    readonly randomBytes: (length: number) => Uint8Array;
  },
): SignedOffer {
  const { candidate, encoded, request } = job;
  const { node, model } = candidate;
  const room = model.contextLimit - encoded.promptTokens;
  if (room < 1) {
    throw new WeftError(
      'engine/context-full',
      `This chat has ${encoded.promptTokens} tokens; the model on the mesh reads at most ${model.contextLimit}.`,
      { hints: ['Start a new chat with a recap, or choose a model with a larger context.'] },
    );
  }
  const maxTokens = Math.min(request.sampling.maxTokens, model.maxTokens, room);
  const pricePerToken = BigInt(model.pricePerTokenWei);
  return signOffer(
    domain,
    {
      consumer: deps.signer.address,
      provider: node.peer.address,
      manifest: model.manifest,
      promptHash: encoded.promptHash,
      nonce: hex32(deps.randomBytes(NONCE_BYTES)),
      ...encoded.sampling,
      penaltiesHash: NONE,
      grammarHash: encoded.grammarHash,
      maxTokens,
      pricePerToken,
      maxAmount: pricePerToken * BigInt(maxTokens),
      expiry: BigInt(Math.floor(deps.nowMs() / 1000) + OFFER_LIFETIME_S),
    },
    deps.signer,
  );
}
