import { WeftError } from '../../protocol/errors.ts';
import type { ErrorCode, WireError } from '../../protocol/errors.ts';

interface Words {
  readonly sentence: string;
  readonly hint: string;
  /** The same node may do it later. */
  readonly retryable: boolean;
}

const ANOTHER = 'Ask another node.';
const NEW_CHAT = 'Start a new chat with a recap, or choose a model with a larger context.';

/** What a node may say when it does not do a job, in our own words: a stranger's text is never shown. */
const WORDS: Partial<Record<ErrorCode, Words>> = {
  'infer/busy': { sentence: 'The node has too many questions waiting.', hint: ANOTHER, retryable: true },
  'infer/model-not-here': { sentence: 'The node does not serve this model any more.', hint: ANOTHER, retryable: false },
  'infer/price': { sentence: 'The node asks a higher price for each token.', hint: ANOTHER, retryable: false },
  'infer/not-a-member': {
    sentence: 'The node answers members of its own mesh only.',
    hint: 'Join the mesh it belongs to.',
    retryable: false,
  },
  'infer/too-long': { sentence: 'The chat is longer than the node can read.', hint: NEW_CHAT, retryable: false },
  'infer/bad-offer': {
    sentence: 'The node does not accept the order as it was written.',
    hint: "Check this device's clock, then ask again.",
    retryable: false,
  },
  'infer/other-prompt': {
    sentence: 'The node read the question as other tokens than were ordered.',
    hint: ANOTHER,
    retryable: false,
  },
  'infer/draining': { sentence: 'The node takes no new questions right now.', hint: ANOTHER, retryable: true },
  'infer/refused': { sentence: 'The node did not take the question.', hint: ANOTHER, retryable: true },
  'infer/failed': { sentence: 'The node could not finish its answer.', hint: ANOTHER, retryable: true },
};

/** What a peer's refusal or failure is here. `fallback`: for codes that it has no business to send. */
export function fromPeer({ code }: { readonly code: string }, fallback: 'infer/refused' | 'infer/failed'): WeftError {
  const known = Object.hasOwn(WORDS, code) ? (code as ErrorCode) : fallback;
  const { sentence, hint, retryable } = WORDS[known]!;
  return new WeftError(known, sentence, { hints: [hint], retryable });
}

/** What a consumer is told of an error here: nothing but a code that is meant for it. */
export function toPeer(error: unknown, fallback: 'infer/refused' | 'infer/failed'): WireError {
  const code = error instanceof WeftError ? error.code : fallback;
  return fromPeer({ code: code === 'engine/context-full' ? 'infer/too-long' : code }, fallback).toWire();
}
