import type { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { TOKENIZER_PROTOCOL } from '../../protocol/mesh/constants.ts';
import {
  TOKENIZER_PART_BYTES,
  TOKENIZER_PARTS_AHEAD,
  tokenizerWishSchema,
} from '../../protocol/mesh/tokenizer-messages.ts';
import type { tokenizerMessageSchema, TokenizerWish } from '../../protocol/mesh/tokenizer-messages.ts';
import type { TokenizerKit } from '../../protocol/model-manifest/tokenizer-kit.ts';
import type { MeshHost, MeshStream } from '../host/mesh-host.ts';
import { badMessage, createTalk, peerLost } from '../talk/talk.ts';
import type { Outgoing, Talk } from '../talk/talk.ts';
import { intervalTicker } from '../talk/ticker.ts';
import type { Ticker } from '../talk/ticker.ts';
import {
  FIRST_MESSAGE_MS,
  IDLE_MS,
  MAX_PACKED,
  MAX_STREAMS,
  MAX_STREAMS_PER_PEER,
  MAX_WISH_BYTES,
} from './constants.ts';
import { packKit } from './pack.ts';
import type { PackedKit } from './pack.ts';

export interface TokenizerServerInit {
  readonly host: Pick<MeshHost, 'handle' | 'report'>;
  /** Null where this node does not serve the model. */
  readonly kitOf: (manifest: Hex32) => Promise<TokenizerKit | null>;
  readonly ticker?: Ticker;
  readonly nowMs?: () => number;
}

type ConsumerTalk = Talk<TokenizerWish, Outgoing<typeof tokenizerMessageSchema>>;

const WHAT = 'A message of the node that wants a tokenizer';

/** Gives tokenizers of served models to nodes that write prompts for them. Returns once streams are taken. */
export async function serveTokenizer(init: TokenizerServerInit): Promise<void> {
  const { host, kitOf, ticker = intervalTicker, nowMs = () => performance.now() } = init;
  const open = new Map<string, number>();
  const packed = new Map<Hex32, Promise<PackedKit>>();
  let total = 0;

  const packedOf = async (manifest: Hex32): Promise<PackedKit | null> => {
    const kit = await kitOf(manifest);
    if (kit === null) return null;
    const known = packed.get(manifest);
    const own = known ?? packKit(kit);
    packed.delete(manifest);
    packed.set(manifest, own);
    own.catch(() => packed.delete(manifest));
    for (const oldest of packed.keys()) {
      if (packed.size <= MAX_PACKED) break;
      packed.delete(oldest);
    }
    return own;
  };

  const serve = async (talk: ConsumerTalk, isBusy: boolean): Promise<void> => {
    const wish = await nextWish(talk, FIRST_MESSAGE_MS);
    if (wish.t !== 'want') throw bad(talk, `begins with "${wish.t}"`);
    const kit = isBusy ? null : await packedOf(wish.manifest);
    if (kit === null) await talk.send({ t: 'refuse', code: isBusy ? 'infer/busy' : 'infer/model-not-here' });
    else await send(talk, kit);
    await talk.close();
  };

  const onStream = async (stream: MeshStream): Promise<void> => {
    const { peerId } = stream.peer;
    const own = open.get(peerId) ?? 0;
    if (own >= 2 * MAX_STREAMS_PER_PEER || total >= 2 * MAX_STREAMS) {
      if (own >= 2 * MAX_STREAMS_PER_PEER) host.report(peerId, 'flood');
      stream.abort();
      return;
    }
    const isBusy = own >= MAX_STREAMS_PER_PEER || total >= MAX_STREAMS;
    open.set(peerId, own + 1);
    total += 1;
    const talk: ConsumerTalk = createTalk(
      { stream, schema: tokenizerWishSchema, maxBytes: MAX_WISH_BYTES, what: WHAT },
      { host, ticker, nowMs },
    );
    try {
      await serve(talk, isBusy);
    } catch (error) {
      // The other side hears that the stream broke off; why is nobody's business.
      talk.fail(error);
    } finally {
      total -= 1;
      const left = (open.get(peerId) ?? 1) - 1;
      if (left === 0) open.delete(peerId);
      else open.set(peerId, left);
    }
  };

  await host.handle(TOKENIZER_PROTOCOL, onStream);
}

async function send(talk: ConsumerTalk, kit: PackedKit): Promise<void> {
  const { digests, tokenizerBytes, chatConfigBytes, packed } = kit;
  await talk.send({ t: 'kit', digests, tokenizerBytes, chatConfigBytes, packedBytes: packed.length });
  let allowed = TOKENIZER_PARTS_AHEAD;
  for (let at = 0; at < packed.length; at += TOKENIZER_PART_BYTES) {
    if (allowed === 0) {
      const wish = await nextWish(talk, IDLE_MS);
      if (wish.t !== 'more') throw bad(talk, `says "${wish.t}" in the middle`);
      allowed = Math.min(TOKENIZER_PARTS_AHEAD, wish.parts);
    }
    allowed -= 1;
    await talk.send({ t: 'part', at, data: packed.subarray(at, at + TOKENIZER_PART_BYTES) });
  }
}

async function nextWish(talk: ConsumerTalk, withinMs: number): Promise<TokenizerWish> {
  const timer = setTimeout(() => talk.fail(peerLost(), 'broke-off'), withinMs);
  try {
    const wish = await talk.next();
    if (wish === null) throw peerLost();
    return wish;
  } finally {
    clearTimeout(timer);
  }
}

function bad(talk: ConsumerTalk, how: string): WeftError {
  const error = badMessage(WHAT, how);
  talk.fail(error, 'bad-message');
  return error;
}
