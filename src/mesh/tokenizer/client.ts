import { WeftError } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { MAX_TOKENIZER_BYTES, TOKENIZER_PROTOCOL } from '../../protocol/mesh/constants.ts';
import { TOKENIZER_PARTS_AHEAD, tokenizerMessageSchema } from '../../protocol/mesh/tokenizer-messages.ts';
import type { TokenizerMessage, tokenizerWishSchema } from '../../protocol/mesh/tokenizer-messages.ts';
import { checkTokenizerKit } from '../../protocol/model-manifest/check-tokenizer-kit.ts';
import type { TokenizerKit } from '../../protocol/model-manifest/tokenizer-kit.ts';
import type { MeshHost } from '../host/mesh-host.ts';
import { badMessage, createTalk, peerLost } from '../talk/talk.ts';
import type { Outgoing, Talk } from '../talk/talk.ts';
import { intervalTicker } from '../talk/ticker.ts';
import type { Ticker } from '../talk/ticker.ts';
import { KIT_WITHIN_MS, MAX_PART_MESSAGE_BYTES, STALL_MS } from './constants.ts';
import { unpackKit } from './pack.ts';
import type { PackedKit } from './pack.ts';

export interface FetchTokenizerInit {
  readonly host: Pick<MeshHost, 'openStream' | 'report'>;
  readonly peerId: string;
  readonly manifest: Hex32;
  readonly signal?: AbortSignal;
  /** Default {@link KIT_WITHIN_MS}. */
  readonly withinMs?: number;
  readonly ticker?: Ticker;
  readonly nowMs?: () => number;
}

type ProviderTalk = Talk<TokenizerMessage, Outgoing<typeof tokenizerWishSchema>>;

const WHAT = 'A message of the node that sends a tokenizer';

/**
 * The tokenizer and chat template of a model, from a node that serves it, checked against the manifest. Throws
 * infer/model-not-here, infer/busy, mesh/peer-lost, mesh/bad-message, model/altered, and what `openStream` throws.
 */
export async function fetchTokenizerKit(init: FetchTokenizerInit): Promise<TokenizerKit> {
  const { host, peerId, manifest, signal = new AbortController().signal } = init;
  const { withinMs = KIT_WITHIN_MS, ticker = intervalTicker, nowMs = () => performance.now() } = init;
  const stream = await host.openStream(peerId, TOKENIZER_PROTOCOL, { signal });
  const talk: ProviderTalk = createTalk(
    { stream, schema: tokenizerMessageSchema, maxBytes: MAX_PART_MESSAGE_BYTES, what: WHAT },
    { host, ticker, nowMs },
  );
  const onAbort = () => talk.fail(signal.reason);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  const tooLong = setTimeout(() => talk.fail(peerLost(), 'broke-off'), withinMs);
  try {
    talk.send({ t: 'want', manifest }).catch(() => undefined);
    const kit = await unpackKit(await receive(talk), signal);
    if (kit === null) throw bad(talk, 'is not what was announced');
    try {
      checkTokenizerKit(manifest, kit);
    } catch (error) {
      talk.fail(error, 'lied');
      throw error;
    }
    void talk.close();
    return kit;
  } catch (error) {
    talk.fail(error);
    throw error;
  } finally {
    clearTimeout(tooLong);
    signal.removeEventListener('abort', onAbort);
  }
}

async function receive(talk: ProviderTalk): Promise<PackedKit> {
  const head = await nextMessage(talk);
  if (head.t === 'refuse') throw refusal(head.code);
  if (head.t !== 'kit') throw bad(talk, `begins with "${head.t}"`);
  const { packedBytes, digests, tokenizerBytes, chatConfigBytes } = head;
  if (tokenizerBytes + chatConfigBytes > MAX_TOKENIZER_BYTES) throw bad(talk, 'announces too much');
  // Room is made as it is needed: who announces much has to send it.
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let unasked = 0;
  while (size < packedBytes) {
    const part = await nextMessage(talk);
    if (part.t !== 'part' || part.at !== size) throw bad(talk, 'is out of order');
    parts.push(Uint8Array.from(part.data));
    size += part.data.length;
    if (size > packedBytes) throw bad(talk, 'holds more than was announced');
    unasked += 1;
    if (unasked < TOKENIZER_PARTS_AHEAD / 2) continue;
    talk.send({ t: 'more', parts: unasked }).catch(() => undefined);
    unasked = 0;
  }
  const packed = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return { digests: Uint8Array.from(digests), tokenizerBytes, chatConfigBytes, packed };
}

async function nextMessage(talk: ProviderTalk): Promise<TokenizerMessage> {
  const timer = setTimeout(() => talk.fail(peerLost(), 'broke-off'), STALL_MS);
  try {
    const message = await talk.next();
    if (message === null) throw peerLost();
    return message;
  } finally {
    clearTimeout(timer);
  }
}

function bad(talk: ProviderTalk, how: string): WeftError {
  const error = badMessage(WHAT, how);
  talk.fail(error, 'bad-message');
  return error;
}

/** In our own words: a stranger's text is never shown. */
function refusal(code: string): WeftError {
  return code === 'infer/busy'
    ? new WeftError('infer/busy', 'The node sends tokenizers to others right now.', {
        hints: ['Ask another node, or again in a moment.'],
        retryable: true,
      })
    : new WeftError('infer/model-not-here', 'The node does not serve this model any more.', {
        hints: ['Ask another node.'],
      });
}
