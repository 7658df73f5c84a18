import { CREDIT_TOKENS } from '../../protocol/mesh/constants.ts';
import type { ConsumerMessage, providerMessageSchema } from '../../protocol/mesh/job.ts';
import { badMessage, peerLost } from '../talk/talk.ts';
import { CREDIT_STALL_MS } from './constants.ts';
import type { Outgoing, Talk } from '../talk/talk.ts';

export type ConsumerTalk = Talk<ConsumerMessage, Outgoing<typeof providerMessageSchema>>;

/** Messages that begin sentences of errors here. */
export const CONSUMER_SAYS = 'A message of the node that asks';

/** What a consumer wants while its job is under way. */
export interface Consumer {
  /** Aborts when it wants no more, or is gone. */
  readonly signal: AbortSignal;
  /** Resolves when one more token may be sent, and counts it. Rejects with what ended the talk. */
  takeCredit(): Promise<void>;
  /** The last message is about to be sent: from now on the consumer may go. */
  finish(): void;
}

/** Tokens that a consumer may allow in advance: more is no wish of anybody who reads. */
const MAX_CREDIT_TOKENS = 65_536;

/** Reads what the consumer says from now on. What may not come ends the talk. */
export function followConsumer(talk: ConsumerTalk): Consumer {
  const stopped = new AbortController();
  let credit = CREDIT_TOKENS;
  let isFinished = false;
  let more = Promise.withResolvers<undefined>();

  const allow = (tokens: number) => {
    credit = Math.min(MAX_CREDIT_TOKENS, credit + tokens);
    more.resolve(undefined);
    more = Promise.withResolvers();
  };

  const take = (message: ConsumerMessage): void => {
    if (message.t === 'credit' && !stopped.signal.aborted) allow(message.tokens);
    else if (message.t === 'stop' && !stopped.signal.aborted) {
      // Its last tokens are sent without being asked for: the receipt names them, too.
      allow(CREDIT_TOKENS);
      stopped.abort(new DOMException('The consumer wants no more.', 'AbortError'));
    } else if (message.t !== 'credit') {
      talk.fail(badMessage(CONSUMER_SAYS, `says "${message.t}" in the middle`), 'bad-message');
    }
  };

  const follow = async (): Promise<void> => {
    try {
      for (;;) {
        const message = await talk.next();
        if (message === null) {
          // Who says no more is not heard to be alive any more.
          if (!isFinished) talk.fail(peerLost());
          return;
        }
        take(message);
      }
    } catch (error) {
      more.promise.catch(() => undefined);
      more.reject(error);
    }
  };
  void follow();

  return {
    signal: AbortSignal.any([talk.signal, stopped.signal]),
    async takeCredit() {
      const timer = credit === 0 ? setTimeout(() => talk.fail(peerLost(), 'broke-off'), CREDIT_STALL_MS) : undefined;
      try {
        while (credit === 0) {
          talk.signal.throwIfAborted();
          await more.promise;
        }
      } finally {
        clearTimeout(timer);
      }
      credit -= 1;
    },
    finish() {
      isFinished = true;
    },
  };
}
