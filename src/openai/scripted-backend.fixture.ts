import type { PromptRequest } from '../protocol/prompt-request.ts';
import { WeftError } from '../protocol/errors.ts';
import type { ToolCall } from '../protocol/tools.ts';
import type { OpenAiBackend, OpenAiEvent, OpenAiModel } from './backend.ts';

const model = (part: Partial<OpenAiModel> & { readonly id: string }): OpenAiModel => ({
  title: part.id,
  manifest: null,
  kind: 'chat',
  contextLimit: 4_096,
  maxTokens: 512,
  vision: false,
  tools: false,
  defaults: { temperature: 0.7, topP: 0.9 },
  ...part,
});

/** Stands for whatever model is behind an endpoint: what it says follows from the question alone. */
export interface ScriptedBackend extends OpenAiBackend {
  /** What was asked, newest last. */
  readonly asked: readonly {
    readonly model: string;
    readonly request: PromptRequest;
  }[];
  /** Answers that were stopped before their end. */
  readonly stopped: number;
}

/**
 * Repeats the words of the last turn, one token each. `count N` writes numbers; `forever` writes until it is stopped;
 * `wait` says nothing until then; `fail CODE` fails; `break CODE` fails after two words. With tools and no result yet it
 * calls the first one.
 */
export function createScriptedBackend(): ScriptedBackend {
  const models = [
    model({ id: 'parrot', tools: true }),
    model({ id: 'eyes', vision: true }),
    model({ id: 'arrows', kind: 'embedding' }),
  ];
  const asked: { model: string; request: PromptRequest }[] = [];
  let stopped = 0;

  async function* generate(
    { id }: OpenAiModel,
    request: PromptRequest,
    signal: AbortSignal,
  ): AsyncGenerator<OpenAiEvent, void, undefined> {
    asked.push({ model: id, request });
    const last = request.turns.at(-1)!;
    const promptTokens = request.turns.reduce((sum, { content }) => sum + content.split(' ').length, 0);
    const stats = (completionTokens: number) => ({
      promptTokens,
      cachedTokens: 1,
      completionTokens,
      timeToFirstTokenMs: 1,
      decodeTokensPerSecond: 1,
      contextTokens: promptTokens + completionTokens,
      contextLimit: 4_096,
    });
    const [verb, argument = ''] = last.content.split(' ');
    if (verb === 'fail') throw new WeftError(argument as 'infer/busy', 'It is said to fail.');
    yield { type: 'queued' };
    if (verb === 'wait') await aborted(signal);
    yield { type: 'prefill', promptTokens };
    const call = callOf(request);
    if (call !== null) {
      yield { type: 'token', text: '' };
      yield { type: 'tool-calls', calls: [call] };
      yield { type: 'done', reason: 'tool-calls', stats: stats(1) };
      return;
    }
    let written = 0;
    /** It ends by itself: nobody stopped it. */
    let isEnding = false;
    try {
      for (const text of textsOf(last.content)) {
        if (signal.aborted) {
          yield { type: 'done', reason: 'aborted', stats: stats(written) };
          return;
        }
        isEnding = written === request.sampling.maxTokens || (verb === 'break' && written === 2);
        if (isEnding && verb === 'break') throw new WeftError(argument as 'infer/busy', 'It is said to fail.');
        if (isEnding) {
          yield { type: 'done', reason: 'length', stats: stats(written) };
          return;
        }
        written++;
        yield { type: 'token', text };
        await new Promise((resolve) => setTimeout(resolve));
      }
      isEnding = true;
      yield { type: 'done', reason: 'stop', stats: stats(written) };
    } finally {
      if (!isEnding) stopped++;
    }
  }

  return {
    asked,
    get stopped() {
      return stopped;
    },
    models: () => models,
    find: (id) => models.find((one) => one.id === id) ?? null,
    generate,
    embed: (_model, inputs) =>
      Promise.resolve({
        vectors: inputs.map((text) => Float32Array.of(text.length, 0.5, -1)),
        promptTokens: inputs.length,
      }),
  };
}

function* textsOf(content: string): Generator<string, void, undefined> {
  const [verb, argument] = content.split(' ');
  if (verb === 'forever') for (;;) yield 'on ';
  if (verb === 'count') {
    for (let at = 1; at <= Number(argument); at++) yield `${at} `;
    return;
  }
  for (const word of content.split(' ')) yield `${word} `;
}

function callOf({ turns, tools = [], toolChoice = 'auto' }: PromptRequest): ToolCall | null {
  const [first] = tools;
  if (first === undefined || toolChoice === 'none' || turns.at(-1)?.role === 'tool') return null;
  return { id: `call_${turns.length}`, name: first.name, arguments: '{"place":"Bern"}' };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
