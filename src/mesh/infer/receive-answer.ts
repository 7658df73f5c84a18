import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import type { Message } from '../../protocol/eip712/types.ts';
import { WeftError } from '../../protocol/errors.ts';
import { CREDIT_TOKENS } from '../../protocol/mesh/constants.ts';
import type { AnswerOrder } from './answer-order.ts';
import { checkReceipt } from './check-receipt.ts';
import type { ProviderTalk } from './client.ts';
import { STOP_GRACE_MS } from './constants.ts';
import type { JobEvent } from './infer.ts';
import { createSteps } from './next-step.ts';

type Done = Extract<JobEvent, { type: 'done' }>;

export interface AnswerInit {
  readonly talk: ProviderTalk;
  readonly order: AnswerOrder;
  readonly offer: Message<'Offer'>;
  readonly domain: SigningDomain;
  readonly signal: AbortSignal;
}

/**
 * Tells what a provider sends, and returns its end once the receipt is checked. More tokens are asked for as they are
 * read. Throws infer/bad-receipt, and what reading throws.
 */
export async function* receiveAnswer(init: AnswerInit): AsyncGenerator<JobEvent, Done, undefined> {
  const { talk, order, signal } = init;
  const nextStep = createSteps(talk);
  const ids: number[] = [];
  let read = 0;
  let grace: ReturnType<typeof setTimeout> | undefined;

  const say: (message: Parameters<ProviderTalk['send']>[0]) => void = (message) => {
    talk.send(message).catch(() => undefined); // What ends the talk is thrown by reading.
  };
  const onAbort = () => {
    order.allow(CREDIT_TOKENS);
    say({ t: 'stop' });
    grace = setTimeout(() => talk.fail(signal.reason), STOP_GRACE_MS);
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();

  try {
    for (;;) {
      const step = await nextStep();
      switch (step.t) {
        case 'tokens':
          for (const [at, id] of step.ids.entries()) {
            ids.push(id);
            yield { type: 'token', id, text: step.texts[at]! };
            read += 1;
            if (read < CREDIT_TOKENS / 2) continue;
            order.allow(read);
            say({ t: 'credit', tokens: read });
            read = 0;
          }
          break;
        case 'rest':
          yield { type: 'token', id: ids.at(-1)!, text: step.text, isRest: true };
          break;
        case 'queued':
          yield { type: 'queued', ahead: step.ahead };
          break;
        case 'loading':
          yield { type: 'loading', ratio: step.ratio };
          break;
        case 'prefill':
          yield {
            type: 'prefill',
            promptTokens: step.prompt,
            cachedTokens: step.cached,
            doneTokens: step.done,
          };
          break;
        case 'calls':
          yield { type: 'tool-calls', calls: step.calls };
          break;
        case 'done': {
          const { reason, receipt } = step;
          if (receipt !== null) checkReceipt(init.domain, init.offer, ids, receipt);
          // Counted here: the rest of the figures are the provider's word.
          return { type: 'done', reason, stats: { ...step.stats, completionTokens: ids.length }, receipt };
        }
        case 'vectors':
          break; // The order of messages has refused it already.
        default:
          step satisfies never;
      }
    }
  } catch (error) {
    // How a stopped answer breaks off does not matter, unless its provider signed for another one.
    if (!(error instanceof WeftError && error.code === 'infer/bad-receipt')) signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', onAbort);
  }
}
