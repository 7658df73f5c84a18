import { WeftError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';

interface Refusal {
  readonly sentence: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

/**
 * What a relay may answer instead of what was asked, in our own words: those of a server are a stranger's. Any other code
 * counts as no answer.
 */
const REFUSALS: Readonly<Partial<Record<ErrorCode, Refusal>>> = {
  'app/bad-request': { sentence: 'The relay did not accept what was asked.', hint: 'Check what you entered.' },
  'app/busy': {
    sentence: 'The relay has too many invitations that nobody used.',
    hint: 'Wait until some have expired.',
  },
  'auth/missing': { sentence: 'The relay got no signature with the request.', hint: 'Reload the page and try again.' },
  'auth/malformed': {
    sentence: 'The relay cannot read this page’s signature.',
    hint: 'Reload the page, so that it runs the relay’s version.',
  },
  'auth/bad-signature': {
    sentence: 'The relay says that the signature is not one of this request.',
    hint: 'Try again; if it stays, reload the page.',
    retryable: true,
  },
  'auth/clock': {
    sentence: 'The clock of this device and the relay’s are more than a minute apart.',
    hint: 'Set the device’s clock by the network’s time, then try again.',
  },
  'auth/replayed': { sentence: 'The relay had this request already.', hint: 'Try again.', retryable: true },
  'auth/not-a-member': {
    sentence: 'This node is not let in at this relay now.',
    hint: 'Join the relay first.',
  },
  'auth/not-admin': { sentence: 'Only an admin of this relay may do this.', hint: 'Ask an admin of the relay.' },
  'auth/rate-limited': {
    sentence: 'This device has asked the relay too often.',
    hint: 'Wait a minute, then try again.',
    retryable: true,
  },
  'auth/unavailable': {
    sentence: 'The relay cannot find out now who may come in, so it lets nobody in.',
    hint: 'Try again in a moment; if it stays, tell whoever runs the relay.',
    retryable: true,
  },
  'mesh/relay-full': {
    sentence: 'This relay takes no more members now.',
    hint: 'Try again later, or ask whoever runs it for another relay.',
    retryable: true,
  },
  'mesh/bad-invite': {
    sentence: 'This invitation is not one of this relay, or it is not whole.',
    hint: 'Copy the whole link once more, or ask whoever sent it for a new one.',
  },
  'mesh/invite-expired': {
    sentence: 'This invitation has expired.',
    hint: 'Ask whoever sent it for a new one.',
  },
  'mesh/invite-used': {
    sentence: 'This invitation was used as often as it may be.',
    hint: 'Ask whoever sent it for a new one.',
  },
  'mesh/not-admitted': {
    sentence: 'This relay does not let this node in.',
    hint: 'Ask whoever runs the relay for an invitation.',
  },
};

/** The error that a relay's code stands for; null for a code that no relay gives. */
export function refusalOf(code: string): WeftError | null {
  if (!Object.hasOwn(REFUSALS, code)) return null;
  const refusal = REFUSALS[code as ErrorCode];
  if (refusal === undefined) return null;
  const { sentence, hint, retryable = false } = refusal;
  return new WeftError(code as ErrorCode, sentence, { hints: [hint], retryable });
}
