import type { EmbedResult, GenerateEvent, ModelInfo } from '../../../engine/engine.ts';
import type { KnownNode, Path } from '../../../mesh/host/mesh-host.ts';
import type { InferClient } from '../../../mesh/infer/client.ts';
import type { SigningDomain } from '../../../protocol/eip712/digest.ts';
import { WeftError } from '../../../protocol/errors.ts';
import type { Hex32 } from '../../../protocol/ids.ts';
import type { NodeSigner } from '../../../protocol/mesh/signed.ts';
import type { PromptRequest } from '../../../protocol/prompt-request.ts';
import { canFit } from '../../../protocol/prompt-size.ts';
import { candidatesFor } from './choose.ts';
import type { Candidate } from './choose.ts';
import { createConversationKeys } from './conversation-keys.ts';
import { describeNodes } from './describe-nodes.ts';
import { partProof } from './part-proof.ts';
import { createTokenizerKits } from './tokenizer-kits.ts';
import type { TokenizerKitsDeps } from './tokenizer-kits.ts';
import { createWholeAnswer } from './whole-answer.ts';
import { writeOffer } from './write-offer.ts';
import type { EncodePrompt } from './write-offer.ts';

/** Nodes that are tried for one answer before it fails. */
const MAX_TRIES = 8;
/** Milliseconds that are waited for a node to come (back) where nobody can go on: a relay that restarts takes 3 s. */
const WAIT_FOR_NODE_MS = 6_000;
/** Milliseconds after which a node that was too busy may be asked again. */
const ASK_AGAIN_AFTER_MS = 500;

export interface MeshConsumerInit {
  /** Where offers count. */
  readonly domain: SigningDomain;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
}

export interface MeshConsumerDeps extends TokenizerKitsDeps {
  readonly signer: NodeSigner;
  readonly infer: InferClient;
  readonly nodes: () => readonly KnownNode[];
  /** Told when nodes come and go. Returns the way out. */
  readonly onNodes: (listener: () => void) => () => void;
  readonly encodePrompt: EncodePrompt;
  /** Makes the way to a node, and says which it is. Throws what opening a stream throws. */
  readonly connect: (peerId: string, signal: AbortSignal) => Promise<Path>;
  readonly nowMs: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Answers and vectors from other nodes. */
export interface MeshConsumer {
  /** What a model is by the word of those who serve it; waits a moment for them to come. Throws mesh/no-provider. */
  describe(manifest: Hex32, signal: AbortSignal): Promise<ModelInfo>;
  /**
   * One answer. Where its node goes, refuses or hands over, another goes on from the text so far: a `served-by` event says
   * which, and no token is lost or doubled. Aborting ends it with `done` and reason `aborted`. Throws mesh/no-provider where
   * nobody serves the model, infer/* where all refuse.
   */
  generate(
    manifest: Hex32,
    request: PromptRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent, void, undefined>;
  embed(manifest: Hex32, inputs: readonly string[], signal: AbortSignal): Promise<EmbedResult>;
}

export function createMeshConsumer(init: MeshConsumerInit, deps: MeshConsumerDeps): MeshConsumer {
  const { nowMs } = deps;
  const kits = createTokenizerKits(deps);
  const conversations = createConversationKeys(init.salt);

  /** The best node that was not tried; waits a while for one to come. Null: nobody. */
  const findNode = async (
    find: () => Candidate | undefined,
    signal: AbortSignal,
    mayWait: boolean,
  ): Promise<Candidate | null> => {
    const found = find();
    if (found !== undefined || !mayWait) return found ?? null;
    const come = Promise.withResolvers<Candidate | null>();
    const look = () => {
      const now = find();
      if (now !== undefined) come.resolve(now);
    };
    const stopListening = deps.onNodes(look);
    // One that was too busy may be asked again, of which no card tells.
    const looks = setInterval(look, ASK_AGAIN_AFTER_MS);
    const timer = setTimeout(() => come.resolve(null), WAIT_FOR_NODE_MS);
    const onAbort = () => come.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      return await come.promise;
    } finally {
      clearTimeout(timer);
      clearInterval(looks);
      stopListening();
      signal.removeEventListener('abort', onAbort);
    }
  };

  const generate = async function* (
    manifest: Hex32,
    request: PromptRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent, void, undefined> {
    const conversation = conversations.keyOf(request);
    const whole = createWholeAnswer(nowMs);
    const tried = new Set<string>();
    let last: WeftError | null = null;
    /** A queue that was full may have a place a moment later; until then others are asked. */
    const passFor = (peerId: string) => {
      tried.add(peerId);
      setTimeout(() => tried.delete(peerId), ASK_AGAIN_AFTER_MS);
    };
    const find = () =>
      candidatesFor(deps.nodes(), {
        manifest,
        kind: 'chat',
        contextTokens: 0,
        maxPriceWei: 0n,
        warmPeerId: conversations.warmPeer(conversation),
        tried,
      })[0];

    for (let tries = 0; tries < MAX_TRIES; tries++) {
      // What every node refuses for good is not waited for.
      const candidate = await findNode(find, signal, last === null || mayPass(last));
      if (candidate === null) break;
      const { peer } = candidate.node;
      try {
        // The way is made while the prompt is written.
        const way = deps.connect(peer.peerId, signal);
        way.catch(() => undefined);
        const rest = whole.restOf(request);
        if (!canFit(rest, candidate.model.contextLimit)) throw cannotFit(candidate.model.contextLimit);
        const kit = await kits.get(manifest, peer.peerId, signal);
        const encoded = await deps.encodePrompt({ kit, request: rest, manifest }, { signal });
        const order = writeOffer(init, { candidate, encoded, request: rest }, deps);
        const path = await way;
        yield {
          type: 'served-by',
          node: { address: peer.address, peerId: peer.peerId, path, afterTokens: whole.tokens },
        };
        // Shorter where the node or the context allows no more: the order says how long it may be.
        const sampling = { ...rest.sampling, maxTokens: order.offer.maxTokens };
        const question = { ...rest, sampling };
        const events = deps.infer.ask({ peerId: peer.peerId, offer: order, request: question, conversation, signal });
        const before = whole.tokens;
        const end = yield* whole.receive(events, encoded.promptTokens);
        const partTokens = whole.tokens - before;
        conversations.remember(conversation, peer.peerId);
        // Its own chat came first, or it is being shut down: what it wrote stands.
        if (end.reason === 'aborted' && !signal.aborted) {
          passFor(peer.peerId);
          continue;
        }
        yield {
          type: 'done',
          reason: end.reason,
          stats: whole.stats(end.stats, encoded.promptTokens),
          ...partProof({
            isWhole: partTokens === whole.tokens,
            provider: peer.address,
            path,
            order,
            receipt: end.receipt,
          }),
        };
        return;
      } catch (error) {
        if (signal.aborted) break;
        last = WeftError.from(error);
        if (!mayAnotherDoIt(last)) throw last;
        if (last.code === 'infer/busy') passFor(peer.peerId);
        else tried.add(peer.peerId);
      }
    }
    if (signal.aborted) {
      yield { type: 'done', reason: 'aborted', stats: whole.ownStats(), commitment: null };
      return;
    }
    throw unanswered(last);
  };

  return {
    async describe(manifest, signal) {
      const wanted = { manifest, kind: 'chat', contextTokens: 0, maxPriceWei: 0n, warmPeerId: null } as const;
      await findNode(() => candidatesFor(deps.nodes(), { ...wanted, tried: new Set() })[0], signal, true);
      const info = describeNodes(deps.nodes(), manifest);
      if (info === null) throw noProvider();
      return info;
    },

    async *generate(manifest, request, signal) {
      try {
        yield* generate(manifest, request, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        yield { type: 'done', reason: 'aborted', stats: createWholeAnswer(nowMs).ownStats(), commitment: null };
      }
    },

    async embed(manifest, inputs, signal) {
      const tried = new Set<string>();
      const wanted = {
        manifest,
        kind: 'embedding',
        contextTokens: 0,
        maxPriceWei: 0n,
        warmPeerId: null,
        tried,
      } as const;
      let last: WeftError | null = null;
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const candidate = await findNode(
          () => candidatesFor(deps.nodes(), wanted)[0],
          signal,
          last === null || mayPass(last),
        );
        if (candidate === null) break;
        const { peerId } = candidate.node.peer;
        try {
          return await deps.infer.embed({ peerId, manifest, inputs, signal });
        } catch (error) {
          signal.throwIfAborted();
          last = WeftError.from(error);
          if (!mayAnotherDoIt(last)) throw last;
          tried.add(peerId);
        }
      }
      signal.throwIfAborted();
      throw unanswered(last);
    },
  };
}

/** True where the failure is of this node, or of the way to it, and not of the question. */
function mayAnotherDoIt({ code }: WeftError): boolean {
  return (
    code.startsWith('mesh/') ||
    code.startsWith('engine/') ||
    code.startsWith('model/') ||
    (code.startsWith('infer/') && code !== 'infer/bad-offer')
  );
}

/** True where a moment may help: somebody comes back, or has done what it was busy with. */
function mayPass({ code }: WeftError): boolean {
  return (
    code.startsWith('mesh/') || code === 'infer/busy' || code === 'infer/draining' || code === 'infer/model-not-here'
  );
}

/** Why nobody answered in the end: what a person can act on, not how the last of several nodes went away. */
function unanswered(last: WeftError | null): WeftError {
  const isGone = last === null || last.code.startsWith('mesh/') || last.code === 'infer/draining';
  return isGone || last.code === 'infer/model-not-here' ? noProvider(last) : last;
}

function noProvider(cause: WeftError | null = null): WeftError {
  return new WeftError('mesh/no-provider', 'Nobody on the mesh serves this model right now.', {
    hints: ['Ask the model of this device instead, or wait until somebody serves it again.'],
    retryable: true,
    cause,
  });
}

function cannotFit(contextLimit: number): WeftError {
  return new WeftError('engine/context-full', `The model on the mesh reads at most ${contextLimit} tokens.`, {
    hints: ['Start a new chat with a recap, or choose a model with a larger context.'],
  });
}
