import { parentPort } from 'node:worker_threads';
import { createPromptEncoder } from '../../src/engine/session/encode-prompt.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import type { EncodeAnswer, EncodeQuestion } from './encode-messages.ts';

const encoder = createPromptEncoder();

parentPort?.on('message', ({ id, request }: EncodeQuestion) => {
  let answer: EncodeAnswer;
  try {
    answer = { id, encoded: encoder.encode(request) };
  } catch (error) {
    answer = { id, error: WeftError.from(error).toWire() };
  }
  parentPort?.postMessage(answer);
});
