import * as v from 'valibot';
import { decodeBase64Url, encodeBase64Url } from '../base64url.ts';
import { WeftError } from '../errors.ts';
import type { Address } from '../ids.ts';
import { addressField, bytesField, timeField } from './fields.ts';
import { openSigned, sealSigned } from './signed.ts';
import type { NodeSigner } from './signed.ts';

/** Longest invite in bytes. */
const MAX_INVITE_BYTES = 512;
/** Ids of invites are random. */
export const INVITE_ID_BYTES = 16;

const inviteSchema = v.object({
  version: v.literal(1),
  id: bytesField(INVITE_ID_BYTES),
  /** The relay that signed it and lets in. */
  relay: addressField,
  role: v.picklist(['member', 'admin']),
  expiresAt: timeField,
});

/** Leave to join a relay. How often it was used is the relay's to know. */
export type Invite = v.InferOutput<typeof inviteSchema>;

/** The text that a link ends with: base64url. */
export function sealInvite(invite: Invite, relay: NodeSigner): string {
  return encodeBase64Url(sealSigned('invite', invite, relay));
}

/** An invite of the relay `relay`; who only wants to read one gives null. Throws mesh/bad-invite. */
export function openInvite(text: string, relay: Address | null): Invite {
  try {
    const { value, signer } = openSigned(
      'invite',
      inviteSchema,
      decodeBase64Url(text, MAX_INVITE_BYTES),
      MAX_INVITE_BYTES,
    );
    if (signer === value.relay && (relay === null || relay === signer)) return value;
  } catch (error) {
    throw badInvite(error);
  }
  throw badInvite();
}

function badInvite(cause?: unknown): WeftError {
  return new WeftError('mesh/bad-invite', 'This invitation is not one of this relay, or it is not whole.', {
    hints: ['Copy the whole link once more, or ask whoever sent it for a new one.'],
    cause,
  });
}
