import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import { hex32, toHex } from '../../protocol/ids.ts';
import { CLOCK_SKEW_S } from '../../protocol/mesh/constants.ts';
import type { ConsumerMessage } from '../../protocol/mesh/job.ts';
import { checkOffer } from '../../protocol/mesh/signed-offer.ts';
import { samplingParams } from '../../protocol/par1/params.ts';
import type { Path, Peer } from '../host/mesh-host.ts';
import { MAX_OFFER_LIFETIME_S } from './constants.ts';
import type { Job } from './infer.ts';
import type { SeenJobs } from './seen-jobs.ts';

export interface ReadJobInit {
  readonly domain: SigningDomain;
  /** This node. */
  readonly self: Address;
  readonly seen: SeenJobs;
  /** Seconds since 1970. */
  readonly nowS: () => number;
}

const NO_PENALTIES = hex32(new Uint8Array(32));

/**
 * The job that a peer orders. Throws infer/bad-offer for an order that is not its own, not for this node, expired or used
 * before, and infer/busy where it has too many.
 */
export function readJob(
  init: ReadJobInit,
  from: { readonly peer: Peer; readonly path: Path },
  message: Extract<ConsumerMessage, { t: 'ask' }>,
): Job {
  const { offer, signature, request, conversation } = message;
  const nowS = init.nowS();
  if (offer.consumer !== from.peer.address) throw badOffer('is of another node');
  if (offer.provider !== init.self) throw badOffer('is for another node');
  const expiryS = Number(offer.expiry);
  if (expiryS < nowS) throw badOffer('has expired');
  if (expiryS > nowS + MAX_OFFER_LIFETIME_S + CLOCK_SKEW_S) throw badOffer('counts for too long');
  if (offer.penaltiesHash !== NO_PENALTIES) throw badOffer('names penalties, which this node does not know');
  if (offer.maxTokens < 1) throw badOffer('is for no token');
  requireParams(message);
  const jobId = checkOffer(init.domain, { offer, signature });
  switch (init.seen.claim(offer.consumer, jobId, expiryS, nowS)) {
    case 'seen':
      throw badOffer('was used before');
    case 'no-room':
      throw new WeftError('infer/busy', 'The node that asks has too many orders that have not expired.', {
        retryable: true,
      });
    case 'new':
      return {
        jobId,
        offer: { offer, signature },
        request,
        conversation: toHex(conversation).slice(2),
        consumer: from.peer,
        path: from.path,
      };
  }
}

/** The sampling of the request is the order's. The form of an answer may bound it, which only the engine knows. */
function requireParams({ offer, request }: Extract<ConsumerMessage, { t: 'ask' }>): void {
  if (request.format !== undefined || request.tools !== undefined) return;
  const params = samplingParams(request.sampling);
  for (const name of ['temperatureQ', 'topPBps', 'topK'] as const) {
    if (params[name] !== offer[name]) throw badOffer('is for another sampling than the question');
  }
}

function badOffer(what: string): WeftError {
  return new WeftError('infer/bad-offer', `The order of a node ${what}.`);
}
