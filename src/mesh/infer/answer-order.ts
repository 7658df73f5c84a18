import { CREDIT_TOKENS } from '../../protocol/mesh/constants.ts';
import { MAX_REST_CHARS } from '../../protocol/mesh/job.ts';
import type { ProviderMessage } from '../../protocol/mesh/job.ts';
import { badMessage } from '../talk/talk.ts';

const WHAT = 'A message of the node that answers';

/** Characters of an answer: so many for each token, and once what may have been held back. Few tokens have more than sixteen. */
const MAX_CHARS_PER_TOKEN = 256;

/** What a provider may say when: accepted or refused first, tokens without a gap and as allowed, nothing after the end. */
export interface AnswerOrder {
  /** Throws mesh/bad-message for what may not come now. */
  readonly check: (message: ProviderMessage) => void;
  /** As many tokens more may come. */
  readonly allow: (tokens: number) => void;
}

export function createAnswerOrder(init: {
  readonly kind: 'answer' | 'vectors';
  /** Of the order. */
  readonly maxTokens: number;
}): AnswerOrder {
  let phase: 'asked' | 'accepted' | 'written' | 'called' | 'ended' = 'asked';
  let tokens = 0;
  let chars = 0;
  let allowed = CREDIT_TOKENS;
  const bad = (how: string) => badMessage(WHAT, how);

  const checkTokens = (message: Extract<ProviderMessage, { t: 'tokens' }>): void => {
    if (phase !== 'accepted') throw bad('holds tokens after the last one');
    if (message.from !== tokens) throw bad('leaves a gap in the answer, or tells a part of it twice');
    if (message.texts.length !== message.ids.length) throw bad('has not one text for each token');
    tokens += message.ids.length;
    for (const text of message.texts) chars += text.length;
    if (chars > tokens * MAX_CHARS_PER_TOKEN + MAX_REST_CHARS) throw bad('holds more text than its tokens can have');
    if (tokens > allowed) throw bad('holds more tokens than it may');
    if (tokens > init.maxTokens) throw bad('holds more tokens than were ordered');
  };

  return {
    check(message) {
      const { t } = message;
      if (phase === 'ended') throw bad('comes after the last one');
      if (t === 'alive') return;
      if (phase === 'asked') {
        if (t === 'refuse') phase = 'ended';
        else if (t === 'accept') phase = 'accepted';
        else throw bad(`begins with "${t}"`);
        return;
      }
      const isOfAnswer = t === 'tokens' || t === 'rest' || t === 'calls' || t === 'done' || t === 'prefill';
      if (init.kind === 'vectors' ? isOfAnswer : t === 'vectors') throw bad('belongs to another kind of job');
      switch (t) {
        case 'accept':
        case 'refuse':
          throw bad(`says "${t}" in the middle`);
        case 'tokens':
          checkTokens(message);
          return;
        case 'rest':
          if (phase !== 'accepted' || tokens === 0) throw bad('holds a rest of no token');
          phase = 'written';
          return;
        case 'calls':
          if (phase === 'called') throw bad('holds calls a second time');
          phase = 'called';
          return;
        case 'done':
          if (message.reason === 'tool-calls' && phase !== 'called') throw bad('ends in calls that did not come');
          if ((message.receipt === null) !== (tokens === 0))
            throw bad('has no receipt for its tokens, or one for none');
          phase = 'ended';
          return;
        case 'vectors':
        case 'failed':
          phase = 'ended';
          return;
        case 'queued':
        case 'loading':
        case 'prefill':
          return;
        default:
          t satisfies never;
      }
    },
    allow(more) {
      allowed += more;
    },
  };
}
