import { WeftError } from '../../protocol/errors.ts';

/** What follows the `#` in a link of an invitation. */
const JOIN_PATH = '/join/';
const MAX_LINK_CHARS = 2_000;

/** Where a link or an address leads, and the invitation in it. */
export interface JoinTarget {
  /** Origin of the relay. */
  readonly url: string;
  readonly invite: string | null;
}

/**
 * Reads what a person pasted or scanned: a link of an invitation, the address of a relay with or without `https://`.
 * Throws mesh/bad-invite.
 */
export function readJoinLink(text: string): JoinTarget {
  const trimmed = text.trim();
  const withScheme = /^https?:\/\//u.test(trimmed)
    ? trimmed
    : `${isThisComputer(trimmed) ? 'http' : 'https'}://${trimmed}`;
  const url = trimmed.length <= MAX_LINK_CHARS && URL.canParse(withScheme) ? new URL(withScheme) : null;
  if (url?.username !== '' || trimmed === '' || /\s/u.test(trimmed)) throw notALink();
  // Browsers let a page of https speak to https only, except on this computer.
  if (url.protocol === 'http:' && !isThisComputer(url.host)) {
    throw new WeftError('mesh/bad-invite', 'This relay is reached without encryption, which browsers do not allow.', {
      hints: ['Ask whoever runs it for an address that begins with https://.'],
    });
  }
  const fragment = decodeURIComponent(url.hash.slice(1));
  const invite = fragment.startsWith(JOIN_PATH) ? fragment.slice(JOIN_PATH.length) : '';
  if (invite !== '' && !/^[\w-]{1,700}$/u.test(invite)) throw notALink();
  return { url: url.origin, invite: invite === '' ? null : invite };
}

/** The link that an invitation is sent as. */
export function joinLink({ url, invite }: { readonly url: string; readonly invite: string }): string {
  return `${url}/#${JOIN_PATH}${invite}`;
}

function isThisComputer(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/u.test(host);
}

function notALink(): WeftError {
  return new WeftError('mesh/bad-invite', 'This is neither an invitation nor the address of a relay.', {
    hints: ['Paste the whole link, such as https://relay.example.org/#/join/…'],
  });
}
