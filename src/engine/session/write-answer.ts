import type { FinishReason } from '../../protocol/chat.ts';
import { WeftError } from '../../protocol/errors.ts';
import { fromHex, hex32 } from '../../protocol/ids.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { deriveSeed } from '../../protocol/par1/seed.ts';
import { createTap } from '../../protocol/par1/tap.ts';
import { tokensHash } from '../../protocol/par1/tokens-hash.ts';
import type { GenerateEvent, GenerateRequest } from '../engine.ts';
import type { GrammarOpener } from './answer-grammar.ts';
import { createCallReader, newCallId } from './call-reader.ts';
import type { CachedSequence } from './cached-sequence.ts';
import type { CommittedAnswer } from './committed-answer.ts';
import { createDetokenizer } from './detokenizer.ts';
import { localSeed } from './local-seed.ts';
import { planPrompt } from './plan-prompt.ts';
import type { PlanPromptDeps } from './plan-prompt.ts';
import { readPrompt } from './read-prompt.ts';
import { createStopText } from './stop-text.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface WriteAnswerDeps extends PlanPromptDeps {
  readonly manifest: Hex32;
  readonly tokenizer: Tokenizer;
  /** Ids and texts that end an answer of this model. */
  readonly stopTokenIds: readonly number[];
  readonly stopTexts: readonly string[];
  readonly grammars: GrammarOpener;
  /** The model's cache now; another one after a lost device was replaced. */
  readonly sequence: () => CachedSequence;
  /** Replaces a lost device; throws what it is given where that is not the reason, or where it was lost too often. */
  readonly recover: (error: unknown, signal: AbortSignal) => Promise<void>;
  /** Throws what the GPU reported since it was last asked: results after that are worthless. */
  readonly check: () => void;
  readonly nowMs: () => number;
  /** Told what was committed, before the last event. */
  readonly onCommitted: (answer: CommittedAnswer) => void;
}

/**
 * Writes one answer: prefill of what the cache lacks, then the token loop. While the GPU computes the next logits, the
 * last step is sketched, hashed and appended (PAR-1). Throws engine/context-full, engine/bad-input, engine/device-lost,
 * infer/other-prompt.
 */
export async function* writeAnswer(
  request: GenerateRequest,
  deps: WriteAnswerDeps,
  signal: AbortSignal,
): AsyncGenerator<GenerateEvent, void, undefined> {
  const { tokenizer, nowMs } = deps;
  const { sampling, answerPrefix } = request;
  const startedAtMs = nowMs();
  const { ids: prompt, images, form, params } = planPrompt(request, deps);
  const promptHash = hex32(tokensHash(prompt));
  if (request.job !== undefined && request.job.promptHash !== promptHash) throw otherPrompt();
  const { contextLimit, vocabSize } = deps.sequence();
  const room = contextLimit - prompt.length;
  if (room < 1) throw contextFull(prompt.length, contextLimit, images.length > 0);
  const maxTokens = Math.min(sampling.maxTokens, room);
  const grammar = form === null ? null : await deps.grammars.open(form, answerPrefix);
  const tap = createTap({
    seed: seedOf(request),
    vocabSize,
    params,
    maxTokens,
    stopTokens: deps.stopTokenIds,
  });
  const detokenizer = createDetokenizer(tokenizer, { isStart: answerPrefix === '' });
  const calls =
    form?.tools == null ? null : createCallReader({ ...form.tools, prefix: answerPrefix, newId: newCallId });
  const said = (text: string) => calls?.push(text) ?? text;
  const stopText = createStopText([...sampling.stop, ...deps.stopTexts]);
  const written: number[] = [];
  let cachedTokens = 0;
  let firstTokenAtMs = 0;
  let lastTokenAtMs = 0;
  let reason: FinishReason | null = null;
  /** The step under way; null: the prompt and what is written have to be read first. */
  let step: Promise<Float32Array> | null = null;

  try {
    while (reason === null) {
      let logits: Float32Array;
      try {
        if (step === null) {
          const reading = readPrompt(
            { ids: Uint32Array.from([...prompt, ...written]), images },
            deps.sequence(),
            signal,
          );
          try {
            for (;;) {
              const next = await reading.next();
              if (next.done === true) {
                logits = next.value;
                break;
              }
              if (written.length === 0) cachedTokens = next.value.cachedTokens;
              yield next.value;
            }
          } finally {
            // Who leaves while the prompt is read leaves no work behind on the GPU.
            await reading.return(new Float32Array());
          }
        } else {
          logits = await step;
        }
        signal.throwIfAborted();
        deps.check();
      } catch (error) {
        if (signal.aborted) {
          reason = 'aborted';
          break;
        }
        step = null;
        deps.sequence().distrust();
        await deps.recover(error, signal);
        continue;
      }
      const id = grammar === null ? tap.sample(logits) : tap.sample(logits, await grammar.mask(logits));
      grammar?.accept(id);
      const ended = tap.ended();
      step = ended === null ? deps.sequence().next(id) : null;
      // Its failure is met where it is awaited; until then it must not count as unhandled.
      step?.catch(() => undefined);
      tap.commit();
      lastTokenAtMs = nowMs();
      if (written.length === 0) firstTokenAtMs = lastTokenAtMs;
      written.push(id);
      const shown = stopText.push(detokenizer.push(id));
      if (ended === 'stop' || shown.isStopped) reason = 'stop';
      else if (ended === 'length') reason = maxTokens < sampling.maxTokens ? 'context' : 'length';
      yield { type: 'token', id, text: said(reason === null ? shown.text : shown.text + stopText.flush()) };
    }
  } catch (error) {
    if (!signal.aborted) {
      deps.sequence().distrust();
      throw error;
    }
    reason = 'aborted';
  } finally {
    grammar?.dispose();
    // A step under way writes into the cache and the logits: nobody else may start before it has ended.
    await step?.catch(() => undefined);
  }

  const rest = said(stopText.flush());
  // What could have begun a call and was cut is no text.
  const held = reason === 'stop' ? rest + (calls?.flush() ?? '') : rest;
  const lastId = written.at(-1);
  if (held !== '' && lastId !== undefined) yield { type: 'token', id: lastId, text: held, isRest: true };
  const leaves = tap.finish();
  const outputHash = hex32(tokensHash(written));
  const commitment = leaves && { ...leaves, manifest: deps.manifest, promptHash, outputHash, params };
  if (commitment !== null) {
    deps.onCommitted({ prompt, output: written, vocabSize, commitment, opening: tap.opening });
  }
  const call = reason === 'stop' ? (calls?.call() ?? null) : null;
  if (call !== null) yield { type: 'tool-calls', calls: [call] };
  const decodeMs = lastTokenAtMs - firstTokenAtMs;
  yield {
    type: 'done',
    reason: call === null ? reason : 'tool-calls',
    commitment,
    stats: {
      promptTokens: prompt.length,
      cachedTokens,
      completionTokens: written.length,
      timeToFirstTokenMs: written.length === 0 ? 0 : firstTokenAtMs - startedAtMs,
      decodeTokensPerSecond: decodeMs > 0 ? ((written.length - 1) * 1000) / decodeMs : 0,
      contextTokens: prompt.length + written.length,
      contextLimit,
    },
  };
}

/** Of an order: the node that ordered it and this one know it beforehand, and neither has chosen it. */
function seedOf({ job, sampling }: GenerateRequest): Uint8Array {
  if (job === undefined) return localSeed(sampling.seed);
  return deriveSeed(fromHex(job.jobId, 32), fromHex(job.nonce, 32));
}

function otherPrompt(): WeftError {
  return new WeftError('infer/other-prompt', 'The question has other tokens than the order was signed for.', {
    hints: ['Reload the page, so that it runs the same version as the node that answers.'],
  });
}

function contextFull(promptTokens: number, contextLimit: number, hasImages: boolean): WeftError {
  return new WeftError(
    'engine/context-full',
    `This chat has ${promptTokens} tokens, and the model reads at most ${contextLimit}, its answer included.`,
    {
      hints: [
        'Start a new chat with a summary of this one.',
        'Start a new chat.',
        'Edit the last message to make it shorter.',
        ...(hasImages ? ['Attach fewer pictures: each takes as much room as a long text.'] : []),
      ],
    },
  );
}

/** The last event of an answer that was aborted before its first step. */
export function abortedAnswer(contextLimit: number): GenerateEvent {
  return {
    type: 'done',
    reason: 'aborted',
    commitment: null,
    stats: {
      promptTokens: 0,
      cachedTokens: 0,
      completionTokens: 0,
      timeToFirstTokenMs: 0,
      decodeTokensPerSecond: 0,
      contextTokens: 0,
      contextLimit,
    },
  };
}
