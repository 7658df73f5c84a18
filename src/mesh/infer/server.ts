import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import { INFER_PROTOCOL, MAX_ASK_BYTES } from '../../protocol/mesh/constants.ts';
import { consumerMessageSchema } from '../../protocol/mesh/job.ts';
import type { ConsumerMessage } from '../../protocol/mesh/job.ts';
import type { MeshHost, MeshStream } from '../host/mesh-host.ts';
import { badMessage, createTalk } from '../talk/talk.ts';
import { intervalTicker } from '../talk/ticker.ts';
import type { Ticker } from '../talk/ticker.ts';
import { FIRST_MESSAGE_MS, MAX_STREAMS, MAX_STREAMS_PER_PEER } from './constants.ts';
import { CONSUMER_SAYS } from './follow-consumer.ts';
import type { ConsumerTalk } from './follow-consumer.ts';
import type { InferProvider } from './infer.ts';
import { toPeer } from './peer-error.ts';
import { readJob } from './read-job.ts';
import { createSeenJobs } from './seen-jobs.ts';
import type { SeenJobs } from './seen-jobs.ts';
import { sendAnswer } from './send-answer.ts';
import { sendVectors } from './send-vectors.ts';

export interface InferServerInit {
  readonly host: Pick<MeshHost, 'self' | 'handle' | 'report'>;
  readonly provider: InferProvider;
  /** Where offers and receipts count. */
  readonly domain: SigningDomain;
  /** Seconds since 1970. */
  readonly nowS: () => number;
  /** Absent: whoever reaches this node is one. */
  readonly isMember?: (address: Address) => boolean;
  /** Absent: job ids are remembered as long as this server runs. */
  readonly seen?: SeenJobs;
  readonly ticker?: Ticker;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

/** Does jobs for others. Returns once streams are taken. */
export async function serveInfer(init: InferServerInit): Promise<void> {
  const { host, provider, ticker = intervalTicker, nowMs = () => performance.now() } = init;
  const seen = init.seen ?? createSeenJobs();
  const open = new Map<string, number>();
  let total = 0;

  const serve = async (talk: ConsumerTalk, stream: MeshStream): Promise<void> => {
    const first = await firstMessage(talk);
    if (first.t !== 'ask' && first.t !== 'embed') {
      talk.fail(badMessage(CONSUMER_SAYS, `begins with "${first.t}"`), 'bad-message');
      return;
    }
    try {
      if (init.isMember?.(stream.peer.address) === false) {
        throw new WeftError('infer/not-a-member', 'The node that asks is no member.');
      }
      if (first.t === 'ask') {
        const { domain, nowS } = init;
        const job = readJob({ domain, nowS, seen, self: host.self.address }, stream, first);
        await sendAnswer({ talk, job, provider, nowMs });
      } else {
        await sendVectors({ talk, peer: stream.peer, question: first, provider });
      }
    } catch (error) {
      if (talk.signal.aborted) return;
      if (error instanceof WeftError && error.code === 'infer/bad-offer') host.report(stream.peer.peerId, 'lied');
      await talk.send({ t: 'refuse', error: toPeer(error, 'infer/refused') }).catch(() => undefined);
    }
    await talk.close();
  };

  const onStream = async (stream: MeshStream): Promise<void> => {
    const { peerId } = stream.peer;
    const own = open.get(peerId) ?? 0;
    if (own >= MAX_STREAMS_PER_PEER || total >= MAX_STREAMS) {
      // A consumer of ours counts its own streams.
      if (own >= MAX_STREAMS_PER_PEER) host.report(peerId, 'flood');
      stream.abort();
      return;
    }
    open.set(peerId, own + 1);
    total += 1;
    const talk: ConsumerTalk = createTalk(
      { stream, schema: consumerMessageSchema, maxBytes: MAX_ASK_BYTES, what: CONSUMER_SAYS, isFirstLong: true },
      { host, ticker, nowMs },
    );
    try {
      await serve(talk, stream);
    } catch (error) {
      // The consumer is gone, or is told nothing any more; its score has been told already.
      talk.fail(error);
    } finally {
      total -= 1;
      const left = (open.get(peerId) ?? 1) - 1;
      if (left === 0) open.delete(peerId);
      else open.set(peerId, left);
    }
  };

  await host.handle(INFER_PROTOCOL, onStream, { maxMessageBytes: MAX_ASK_BYTES });
}

async function firstMessage(talk: ConsumerTalk): Promise<ConsumerMessage> {
  const timer = setTimeout(
    () => talk.fail(badMessage(CONSUMER_SAYS, 'did not come in time'), 'broke-off'),
    FIRST_MESSAGE_MS,
  );
  try {
    const first = await talk.next();
    if (first === null) throw badMessage(CONSUMER_SAYS, 'did not come');
    return first;
  } finally {
    clearTimeout(timer);
  }
}
