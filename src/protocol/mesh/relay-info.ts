import * as v from 'valibot';
import { WeftError } from '../errors.ts';
import type { Address } from '../ids.ts';
import { addressField, hashField, peerIdField, shownField, timeField } from './fields.ts';
import { openSignedJson } from './signed-json.ts';

const chainField = v.object({ chainId: v.pipe(v.number(), v.safeInteger(), v.minValue(1)), settlement: addressField });

/** Who may come in: anybody; who has an invitation; who is on the operator's list; who has a bond or tokens on chain. */
export const ADMISSION_MODES = ['open', 'invite', 'allow-list', 'bonded', 'token'] as const;
export type AdmissionMode = (typeof ADMISSION_MODES)[number];

/** `GET /.well-known/weft.json`: what anybody may know of a relay. */
export const relayInfoSchema = v.object({
  version: v.literal(1),
  name: shownField(80),
  address: addressField,
  peerId: peerIdField,
  /**
   * Where libp2p listens; the first whose host the page reached it by is used. Without the `/p2p/…` at the end. Empty: at
   * {@link P2P_PATH} of this origin.
   */
  multiaddrs: v.pipe(v.array(v.pipe(v.string(), v.maxLength(300))), v.maxLength(8)),
  admission: v.picklist(ADMISSION_MODES),
  chain: v.nullable(chainField),
  software: shownField(40),
  /** A person's sentence on who runs it, or null. */
  about: v.nullable(shownField(300)),
  issuedAt: timeField,
});
export type RelayInfo = v.InferOutput<typeof relayInfoSchema>;

/** Throws mesh/bad-message; mesh/relay-changed where the relay that is known here was another. */
export function openRelayInfo(json: unknown, known: Address | null): RelayInfo {
  const { value, signer } = openSignedJson('relay-info', relayInfoSchema, json);
  if (signer !== value.address)
    throw new WeftError('mesh/bad-message', 'What the relay says of itself is signed by another.');
  if (known !== null && known !== signer) {
    throw new WeftError('mesh/relay-changed', 'Another relay answers at this address than the one you joined.', {
      hints: ['Ask whoever runs it whether its key was replaced; if so, leave it and join again.'],
    });
  }
  return value;
}

/** ICE servers that the operator configured; the page uses these and no others. */
const iceServerSchema = v.object({
  urls: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(200), v.regex(/^(?:stun|stuns|turn|turns):[\w.:?=[\]-]+$/))),
    v.minLength(1),
    v.maxLength(4),
  ),
  username: v.exactOptional(v.pipe(v.string(), v.maxLength(200))),
  credential: v.exactOptional(v.pipe(v.string(), v.maxLength(200))),
});
export type IceServer = v.InferOutput<typeof iceServerSchema>;
export const iceServersSchema = v.pipe(v.array(iceServerSchema), v.maxLength(8));

/** `POST /v1/session`: asks to be let in, with an invitation where there is one. */
export const sessionRequestSchema = v.object({ invite: v.nullable(v.pipe(v.string(), v.maxLength(700))) });

/** The answer: this node may now reserve and be dialled through the relay. Renewed by asking again. */
export const sessionSchema = v.object({
  role: v.picklist(['member', 'admin']),
  /** Seconds since 1970. */
  expiresAt: timeField,
  iceServers: iceServersSchema,
});
export type RelaySession = v.InferOutput<typeof sessionSchema>;

/** `GET /v1/status`, for members: what is served right now. No addresses, nothing that tells nodes apart. */
export const relayStatusSchema = v.object({
  version: v.literal(1),
  relay: addressField,
  issuedAt: timeField,
  /** Members that are connected. */
  online: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  models: v.pipe(
    v.array(
      v.object({
        id: v.pipe(v.string(), v.maxLength(100)),
        title: shownField(200),
        manifest: hashField,
        providers: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
        running: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
        waiting: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.maxLength(256),
  ),
});
export type RelayStatus = v.InferOutput<typeof relayStatusSchema>;
