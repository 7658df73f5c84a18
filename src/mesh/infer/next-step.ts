import { WeftError } from '../../protocol/errors.ts';
import type { ProviderMessage } from '../../protocol/mesh/job.ts';
import { peerLost } from '../talk/talk.ts';
import type { ProviderTalk } from './client.ts';
import { QUEUE_STALL_MS, STALL_MS } from './constants.ts';
import { fromPeer } from './peer-error.ts';

/** What a provider says besides that it does not, or does, the job. */
type Step = Exclude<ProviderMessage, { t: 'refuse' | 'failed' | 'accept' | 'alive' }>;

/**
 * Reads what a provider does, step by step. Throws infer/* where it refuses or fails, mesh/peer-lost where it ends without
 * an end, or says for too long nothing but that it is there.
 */
export function createSteps(talk: ProviderTalk): () => Promise<Step> {
  let stallMs = STALL_MS;

  const nextMessage = async (): Promise<ProviderMessage> => {
    const timer = setTimeout(() => talk.fail(stalled(), 'broke-off'), stallMs);
    try {
      const message = await talk.next();
      if (message === null) throw peerLost();
      return message;
    } finally {
      clearTimeout(timer);
    }
  };

  return async () => {
    for (;;) {
      const message = await nextMessage();
      stallMs = message.t === 'queued' ? QUEUE_STALL_MS : STALL_MS;
      switch (message.t) {
        case 'refuse':
          throw fromPeer(message.error, 'infer/refused');
        case 'failed':
          throw fromPeer(message.error, 'infer/failed');
        case 'accept':
        case 'alive':
          continue;
        default:
          return message;
      }
    }
  };
}

function stalled(): WeftError {
  return new WeftError('mesh/peer-lost', 'The node that answers is there, but gets no further.', {
    hints: ['Ask again: another node may answer.'],
    retryable: true,
  });
}
