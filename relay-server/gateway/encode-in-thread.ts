import { Worker } from 'node:worker_threads';
import type { EncodedPrompt } from '../../src/engine/engine.ts';
import type { EncodePrompt } from '../../src/node/consumer/mesh/write-offer.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import type { EncodeAnswer, EncodeQuestion } from './encode-messages.ts';

/** Prompts that wait for the thread or are being written. */
const MAX_WAITING = 32;
/** A thread that says nothing for so long is ended: a tokenizer of a stranger may make it hang. */
const STUCK_MS = 20_000;
/** Megabytes of one thread's heap. */
const HEAP_MB = 1_024;

export interface EncodeThread {
  readonly encode: EncodePrompt;
  stop(): Promise<void>;
}

/**
 * Writes prompts in a thread of their own: a long one takes seconds, during which everybody else's connections would stand
 * still.
 */
export function createEncodeThread(): EncodeThread {
  const waiting = new Map<number, PromiseWithResolvers<EncodedPrompt>>();
  let worker: Worker | null = null;
  let nextId = 0;
  let stuck: ReturnType<typeof setTimeout> | undefined;

  const fail = (of: Worker, cause?: unknown) => {
    if (worker !== of) return;
    worker = null;
    clearTimeout(stuck);
    void of.terminate();
    const error = new WeftError('model/bad-tokenizer', 'The prompt could not be written for this model.', { cause });
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  /** From the last sign of life, as long as something is waited for. */
  const watch = (of: Worker) => {
    clearTimeout(stuck);
    if (waiting.size > 0) stuck = setTimeout(() => fail(of), STUCK_MS);
  };
  const start = (): Worker => {
    const fresh = new Worker(new URL('./encode-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    fresh.unref();
    fresh.on('message', (answer: EncodeAnswer) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      watch(fresh);
      if ('encoded' in answer) asked?.resolve(answer.encoded);
      else asked?.reject(WeftError.fromWire(answer.error));
    });
    fresh.on('error', (error) => fail(fresh, error));
    fresh.on('exit', () => fail(fresh));
    return fresh;
  };

  return {
    async encode(request, { signal }) {
      signal?.throwIfAborted();
      if (waiting.size >= MAX_WAITING) {
        throw new WeftError('infer/busy', 'This gateway has as many prompts to write as it takes.', {
          retryable: true,
        });
      }
      worker ??= start();
      const id = nextId++;
      const answer = Promise.withResolvers<EncodedPrompt>();
      waiting.set(id, answer);
      if (waiting.size === 1) watch(worker);
      worker.postMessage({ id, request } satisfies EncodeQuestion);
      const leave = () => answer.reject(signal?.reason);
      signal?.addEventListener('abort', leave, { once: true });
      try {
        return await answer.promise;
      } finally {
        signal?.removeEventListener('abort', leave);
      }
    },
    async stop() {
      const last = worker;
      if (last === null) return;
      fail(last);
      await last.terminate();
    },
  };
}
