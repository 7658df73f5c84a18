import type { FinishReason } from '../../protocol/chat.ts';
import { WeftError } from '../../protocol/errors.ts';
import { samplingParams } from '../../protocol/par1/params.ts';
import { createTap } from '../../protocol/par1/tap.ts';
import type { GenerateEvent, GenerateRequest } from '../engine.ts';
import type { GrammarOpener } from './answer-grammar.ts';
import { createCallReader, newCallId } from './call-reader.ts';
import type { CachedSequence } from './cached-sequence.ts';
import type { ChatEncoder } from './chat-encoder.ts';
import type { CommittedAnswer } from './committed-answer.ts';
import { createDetokenizer } from './detokenizer.ts';
import { localSeed } from './local-seed.ts';
import { readPrompt } from './read-prompt.ts';
import { createStopText } from './stop-text.ts';
import type { ToolDialect } from './tool-dialect.ts';
import { toolUseOf } from './tool-use.ts';
import type { Tokenizer } from './tokenizer.ts';
import { createPromptImages } from './vision.ts';
import type { Vision } from './vision.ts';

/** Largest nucleus where an answer has a form, in hundredths of a percent. */
const FORM_TOP_P_BPS = 9_990;

export interface WriteAnswerDeps {
  readonly tokenizer: Tokenizer;
  readonly encode: ChatEncoder;
  /** Ids and texts that end an answer of this model. */
  readonly stopTokenIds: readonly number[];
  readonly stopTexts: readonly string[];
  readonly grammars: GrammarOpener;
  /** How the model calls tools; null: not at all. */
  readonly dialect: ToolDialect | null;
  /** The model's cache now; another one after a lost device was replaced. */
  readonly sequence: () => CachedSequence;
  /** Null where the model does not see pictures. */
  readonly vision: Vision | null;
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
 * last step is sketched, hashed and appended (PAR-1). Throws engine/context-full, engine/bad-input, engine/device-lost.
 */
export async function* writeAnswer(
  request: GenerateRequest,
  deps: WriteAnswerDeps,
  signal: AbortSignal,
): AsyncGenerator<GenerateEvent, void, undefined> {
  const { tokenizer, nowMs } = deps;
  const { sampling, answerPrefix } = request;
  const startedAtMs = nowMs();
  const tools = toolUseOf(request, deps.dialect);
  const images = createPromptImages(deps.vision);
  const told = tools === null ? [] : request.tools;
  const prompt = deps.encode(request.turns, answerPrefix, told, images);
  const { contextLimit, vocabSize } = deps.sequence();
  const room = contextLimit - prompt.length;
  if (room < 1) throw contextFull(prompt.length, contextLimit, images.placed.length > 0);
  const maxTokens = Math.min(sampling.maxTokens, room);
  const asked = samplingParams(sampling);
  const { format = null } = request;
  const grammar = format === null && tools === null ? null : await deps.grammars.open({ format, tools }, answerPrefix);
  // What the form forbids lies below every nucleus but the whole.
  const params = grammar === null ? asked : { ...asked, topPBps: Math.min(asked.topPBps, FORM_TOP_P_BPS) };
  const tap = createTap({
    seed: localSeed(sampling.seed),
    vocabSize,
    params,
    maxTokens,
    stopTokens: deps.stopTokenIds,
  });
  const detokenizer = createDetokenizer(tokenizer, { isStart: answerPrefix === '' });
  const calls = tools === null ? null : createCallReader({ ...tools, prefix: answerPrefix, newId: newCallId });
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
            { ids: Uint32Array.from([...prompt, ...written]), images: images.placed },
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
  if (held !== '' && lastId !== undefined) yield { type: 'token', id: lastId, text: held };
  const commitment = tap.finish();
  if (commitment !== null) {
    deps.onCommitted({ prompt, output: written, params, vocabSize, commitment, opening: tap.opening });
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
