import { beforeAll, describe, expect, it } from 'vitest';
import type { ChatTurn } from '../../protocol/chat.ts';
import { WeftError } from '../../protocol/errors.ts';
import { hex32 } from '../../protocol/ids.ts';
import { imageIds } from '../../protocol/par1/image-ids.ts';
import { guideRef, outcomeOf } from '../engine.fixture.ts';
import { parseChatConfig } from '../session/chat-config.ts';
import { createChatEncoder } from '../session/chat-encoder.ts';
import type { CommittedAnswer } from '../session/committed-answer.ts';
import { createTokenizer } from '../session/tokenizer.ts';
import type { Tokenizer } from '../session/tokenizer.ts';
import { writeAnswer } from '../session/write-answer.ts';
import type { Vision } from '../session/vision.ts';
import { pictureOf } from './pictures.fixture.ts';
import { createWebLlmSequence } from './webllm-sequence.ts';

const VOCAB = 4096;
const POSITIONS = 20;
const cat = pictureOf(5);

let tokenizer: Tokenizer;
beforeAll(async () => {
  const response = await fetch(new URL('tokenizer.json', guideRef.baseUrl));
  tokenizer = createTokenizer(await response.json(), { stopTokenIds: [] });
});

/** The words around turns as Phi 3.5 has them, without its special tokens. */
const template = () =>
  parseChatConfig({
    conv_template: {
      system_template: '',
      roles: { user: 'User:', assistant: 'Assistant:' },
      role_content_sep: '\n',
      role_empty_sep: '\n',
      seps: ['\n'],
    },
  }).template;

/** A model that always says the same; what it is shown is counted. */
function setUp(contextLimit = 200) {
  let length = 0;
  const seen: string[] = [];
  const logits = Float32Array.from({ length: VOCAB }, (_, id) => (id === 40 ? 9 : -id / VOCAB));
  const sequence = createWebLlmSequence({
    pass: {
      chunkTokens: 512,
      cachedTokens: () => length,
      reset: () => (length = 0),
      drop: (count) => (length -= count),
      forward: (ids) => Promise.resolve((length += ids.length)).then(() => logits),
    },
    contextLimit,
    vocabSize: VOCAB,
    see(image, count) {
      seen.push(`${image.bytes[0]} at ${length}`);
      length += count;
      return Promise.resolve();
    },
    explain: (error) => WeftError.from(error),
  });
  const committed: CommittedAnswer[] = [];
  const sees: Vision = { positionsOf: () => POSITIONS, after: '\n' };
  const answer = async (turns: readonly ChatTurn[], vision: Vision | null = sees) => {
    const sampling = { temperature: 0, topP: 1, topK: 32, maxTokens: 3, seed: 1, stop: [] };
    const model = { id: 'm', baseUrl: 'http://localhost/', libraryUrl: null, runtime: 'webllm', contextLimit: null };
    const writing = writeAnswer(
      { model: { ...model, runtime: 'webllm' }, turns, answerPrefix: '', sampling },
      {
        manifest: hex32(new Uint8Array(32)),
        tokenizer,
        encode: createChatEncoder({ template: template(), tokenizer, dialect: null }),
        stopTokenIds: [],
        stopTexts: [],
        grammars: { open: () => Promise.reject(new Error('no form is asked for')), dispose: () => undefined },
        dialect: null,
        sequence: () => sequence,
        vision,
        recover: (error) => Promise.reject(WeftError.from(error)),
        check: () => undefined,
        nowMs: () => 0,
        onCommitted: (one) => committed.push(one),
      },
      new AbortController().signal,
    );
    const { text, done } = await outcomeOf(writing);
    return { text, stats: done.stats };
  };
  return { answer, committed, seen };
}

const question = (content: string): ChatTurn => ({ role: 'user', content, images: [cat] });

describe('an answer about a picture', () => {
  it('is given after the picture, which stands before the words of its question', async () => {
    const { answer, committed, seen } = setUp();
    const { stats } = await answer([question('Who is this?')]);
    const { prompt, output } = committed[0]!;
    const before = tokenizer.encodeControl('User:\n', true);
    expect(prompt.slice(0, before.length)).toEqual([...before]);
    expect(prompt.slice(before.length, before.length + POSITIONS)).toEqual([...imageIds(cat.bytes, POSITIONS)]);
    expect(seen).toEqual([`5 at ${before.length}`]);
    expect(stats.promptTokens).toBe(prompt.length);
    expect(output).toHaveLength(3);
    expect(committed[0]?.commitment.leafCount).toBe(3);
  });

  it('leaves the picture in the cache for the next question', async () => {
    const { answer, seen } = setUp();
    const first = await answer([question('Who is this?')]);
    const { stats } = await answer([
      question('Who is this?'),
      { role: 'assistant', content: first.text },
      { role: 'user', content: 'And why?' },
    ]);
    expect(seen).toHaveLength(1);
    expect(stats.cachedTokens).toBeGreaterThan(first.stats.promptTokens);
  });

  it('is refused by a model that does not see, and where the picture does not fit', async () => {
    await expect(setUp().answer([question('Who?')], null)).rejects.toMatchObject({ code: 'model/no-vision' });
    const full = setUp(POSITIONS).answer([question('Who?')]);
    await expect(full).rejects.toMatchObject({
      code: 'engine/context-full',
      hints: expect.arrayContaining([expect.stringContaining('pictures')]) as unknown,
    });
  });
});
