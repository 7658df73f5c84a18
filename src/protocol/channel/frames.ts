import * as v from 'valibot';
import { ERROR_CODES } from '../errors.ts';
import { MAX_CREDIT, MAX_ERROR_TEXT, MAX_HINTS, MAX_METHOD_LENGTH } from './constants.ts';

/** Every frame carries this, so that other messages on the same port are told apart. */
const mark = { weft: v.literal(1) };
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const amount = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_CREDIT));
const text = v.pipe(v.string(), v.maxLength(MAX_ERROR_TEXT));

/** A code that this build does not know (a newer peer's) is kept as an internal failure with its text. */
const wireError = v.object({
  code: v.fallback(v.picklist(ERROR_CODES), 'app/internal'),
  message: text,
  hints: v.pipe(v.array(text), v.maxLength(MAX_HINTS), v.readonly()),
  retryable: v.boolean(),
});

const callFrame = v.object({
  ...mark,
  type: v.literal('call'),
  id,
  method: v.pipe(v.string(), v.maxLength(MAX_METHOD_LENGTH)),
  args: v.unknown(),
  /** Present for streams: items the caller can take. */
  credit: v.optional(amount),
});
/** `drain`: end by yourself, what is still sent is read; otherwise nobody reads any more. */
const cancelFrame = v.object({ ...mark, type: v.literal('cancel'), id, drain: v.boolean() });
const creditFrame = v.object({ ...mark, type: v.literal('credit'), id, amount });
/** Answered at once, whatever is under way: tells a side that computes from one that hangs. */
const pingFrame = v.object({ ...mark, type: v.literal('ping'), id });

const pongFrame = v.object({
  ...mark,
  type: v.literal('pong'),
  id,
  /** Steps done so far on what is waited for; null or absent: nothing is, or nobody counts. */
  progress: v.exactOptional(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))),
});
const okFrame = v.object({ ...mark, type: v.literal('ok'), id, value: v.unknown() });
const errFrame = v.object({ ...mark, type: v.literal('err'), id, error: wireError });
const itemFrame = v.object({ ...mark, type: v.literal('item'), id, value: v.unknown() });
const endFrame = v.object({ ...mark, type: v.literal('end'), id, value: v.unknown() });

/** What a client sends. */
export const clientFrame = v.variant('type', [callFrame, cancelFrame, creditFrame, pingFrame]);
/** What a server sends. */
export const serverFrame = v.variant('type', [okFrame, errFrame, itemFrame, endFrame, pongFrame]);

export type ClientFrame = v.InferOutput<typeof clientFrame>;
export type ServerFrame = v.InferOutput<typeof serverFrame>;
export type Frame = ClientFrame | ServerFrame;
