import { badMessage } from '../talk/talk.ts';
import type { ProviderTalk } from './client.ts';
import { createSteps } from './next-step.ts';
import { readVectors } from './vectors-bytes.ts';

/** The vectors of `count` texts. Throws mesh/bad-message for other than were asked for, and what reading throws. */
export async function receiveVectors(
  talk: ProviderTalk,
  count: number,
): Promise<{ readonly vectors: readonly Float32Array[]; readonly promptTokens: number }> {
  const nextStep = createSteps(talk);
  for (;;) {
    const step = await nextStep();
    if (step.t !== 'vectors') continue;
    const { data, dimensions, promptTokens } = step;
    const vectors = readVectors(data, dimensions);
    if (vectors?.length === count) return { vectors, promptTokens };
    const error = badMessage('A message of the node that answers', 'holds other vectors than were asked for');
    talk.fail(error, 'bad-message');
    throw error;
  }
}
