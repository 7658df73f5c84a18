import type { ConsumerMessage } from '../../protocol/mesh/job.ts';
import type { Peer } from '../host/mesh-host.ts';
import { followConsumer } from './follow-consumer.ts';
import type { ConsumerTalk } from './follow-consumer.ts';
import type { InferProvider } from './infer.ts';
import { writeVectors } from './vectors-bytes.ts';

/** Has vectors made and sends them. Throws what the provider throws, before anything was sent. */
export async function sendVectors(init: {
  readonly talk: ConsumerTalk;
  readonly peer: Peer;
  readonly question: Extract<ConsumerMessage, { t: 'embed' }>;
  readonly provider: InferProvider;
}): Promise<void> {
  const { talk, question, provider } = init;
  const { manifest, inputs } = question;
  const consumer = followConsumer(talk);
  const result = await provider.embed({ manifest, inputs, consumer: init.peer }, consumer.signal);
  const { promptTokens } = result;
  await talk.send({ t: 'accept' });
  consumer.finish();
  await talk.send({ t: 'vectors', ...writeVectors(result.vectors), promptTokens });
}
