import { WeftError } from '../../protocol/errors.ts';
import { MAX_REST_CHARS } from '../../protocol/mesh/job.ts';
import { peerLost } from '../talk/talk.ts';
import { MAX_HELD_UP_MS } from './constants.ts';
import { followConsumer } from './follow-consumer.ts';
import type { ConsumerTalk } from './follow-consumer.ts';
import type { InferProvider, Job, JobEvent } from './infer.ts';
import { createPatience } from './patience.ts';
import { toPeer } from './peer-error.ts';
import { createTokenBatch } from './token-batch.ts';

/**
 * Has a job done and sends what comes. Throws what the provider throws before its first event; a later failure is sent,
 * and this returns. While the consumer reads nothing, the provider is not read either; for so long that is borne.
 */
export async function sendAnswer(init: {
  readonly talk: ConsumerTalk;
  readonly job: Job;
  readonly provider: InferProvider;
  readonly nowMs: () => number;
}): Promise<void> {
  const { talk, job, provider, nowMs } = init;
  const consumer = followConsumer(talk);
  const batch = createTokenBatch({ send: (message) => talk.send(message), nowMs });
  const waiting = createPatience({
    maxMs: MAX_HELD_UP_MS,
    nowMs,
    onOver: () => talk.fail(peerLost(), 'broke-off'),
  });
  let isAccepted = false;

  const send = async (event: JobEvent): Promise<void> => {
    if (event.type === 'token' && event.isRest !== true) {
      await waiting(consumer.takeCredit());
      await waiting(batch.add(event.id, event.text));
      return;
    }
    await waiting(batch.flush());
    if (event.type === 'done') consumer.finish();
    await waiting(talk.send(toMessage(event)));
  };

  try {
    for await (const event of provider.answer(job, consumer.signal)) {
      if (!isAccepted) await talk.send({ t: 'accept' });
      isAccepted = true;
      await send(event);
      if (event.type === 'done') return;
    }
    throw new WeftError('app/internal', 'An answer for another node ended without an end.');
  } catch (error) {
    if (!isAccepted || talk.signal.aborted) throw error;
    await batch.flush();
    consumer.finish();
    await talk.send({ t: 'failed', error: toPeer(error, 'infer/failed') });
  } finally {
    batch.stop();
  }
}

function toMessage(event: JobEvent): Parameters<ConsumerTalk['send']>[0] {
  switch (event.type) {
    case 'token':
      return { t: 'rest', text: event.text.slice(0, MAX_REST_CHARS) };
    case 'queued':
      return { t: 'queued', ahead: event.ahead };
    case 'loading':
      return { t: 'loading', ratio: event.ratio };
    case 'prefill':
      return { t: 'prefill', prompt: event.promptTokens, cached: event.cachedTokens, done: event.doneTokens };
    case 'tool-calls':
      return { t: 'calls', calls: event.calls };
    case 'done': {
      const { reason, stats, receipt } = event;
      return { t: 'done', reason, stats, receipt };
    }
  }
}
