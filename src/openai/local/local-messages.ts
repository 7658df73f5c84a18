import * as v from 'valibot';
import { MAX_BODY_BYTES } from '../constants.ts';

/** Where pages of this origin reach the model of this browser; the server's own endpoint is under `/v1`. */
export const LOCAL_GATEWAY_PATH = '/local/v1';
/** What the service worker says to every tab, with a port over which the one that leads answers. */
export const LOCAL_CALL = 'weft/local-call';
/** Bytes of one chunk of an answer. */
export const MAX_CHUNK_BYTES = 1_048_576;
const MAX_HEADERS = 16;

const buffer = (maxBytes: number) =>
  v.pipe(
    v.instance(ArrayBuffer),
    v.check(({ byteLength }) => byteLength <= maxBytes, `at most ${maxBytes} bytes`),
  );

/** From the service worker to the tab that leads. Each `pull` asks for one chunk. */
export const workerMessageSchema = v.variant('t', [
  v.object({
    t: v.literal('request'),
    method: v.pipe(v.string(), v.maxLength(16)),
    /** With its query. */
    path: v.pipe(v.string(), v.maxLength(2_000), v.startsWith(`${LOCAL_GATEWAY_PATH}/`)),
    contentType: v.nullable(v.pipe(v.string(), v.maxLength(200))),
    body: v.nullable(buffer(MAX_BODY_BYTES)),
  }),
  v.object({ t: v.literal('pull') }),
  v.object({ t: v.literal('cancel') }),
  v.object({ t: v.literal('ping') }),
]);
export type WorkerMessage = v.InferOutput<typeof workerMessageSchema>;

/** From a tab to the service worker. */
export const pageMessageSchema = v.variant('t', [
  /** It leads and takes the request. */
  v.object({ t: v.literal('here') }),
  /** Another tab leads. */
  v.object({ t: v.literal('not-here') }),
  v.object({
    t: v.literal('head'),
    status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
    headers: v.pipe(v.array(v.tuple([v.string(), v.string()])), v.maxLength(MAX_HEADERS)),
  }),
  v.object({ t: v.literal('chunk'), bytes: buffer(MAX_CHUNK_BYTES) }),
  v.object({ t: v.literal('end') }),
  /** The answer broke off. */
  v.object({ t: v.literal('broken') }),
  v.object({ t: v.literal('pong') }),
]);
export type PageMessage = v.InferOutput<typeof pageMessageSchema>;
