import { describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { imageIds } from '../../protocol/par1/image-ids.ts';
import { readPrompt } from '../session/read-prompt.ts';
import { createForwardPass, logitsOf, VOCAB } from './forward-pass.fixture.ts';
import type { ForwardPassFaults } from './forward-pass.fixture.ts';
import { pictureOf, textWithPicture } from './pictures.fixture.ts';
import { createWebLlmSequence } from './webllm-sequence.ts';

function setUp(faults: ForwardPassFaults = {}, sees = true) {
  const { pass, see, calls } = createForwardPass(faults);
  const sequence = createWebLlmSequence({
    pass,
    contextLimit: 48,
    vocabSize: VOCAB,
    see: sees ? see : null,
    explain: (error) => WeftError.from(error, 'engine/device-lost'),
  });
  const read = async (prompt: ReturnType<typeof textWithPicture>) => {
    const reading = readPrompt(prompt, sequence, new AbortController().signal);
    for (;;) {
      const next = await reading.next();
      if (next.done === true) return next.value;
    }
  };
  return { sequence, calls, read };
}

describe('pictures in a sequence over WebLLM', () => {
  it('are shown whole between the words around them', async () => {
    const { read, calls } = setUp();
    const prompt = textWithPicture(5);
    expect(await read(prompt)).toEqual(logitsOf([...prompt.ids]));
    expect(calls).toEqual(['3 at 0', 'picture 5, 12 at 3', '3 at 15']);
  });

  it('are not shown again where the next prompt begins with them', async () => {
    const { read, calls, sequence } = setUp();
    await read(textWithPicture(5));
    await sequence.next(20);
    calls.length = 0;
    const next = textWithPicture(5, [7, 8, 9, 20, 4]);
    expect(await read(next)).toEqual(logitsOf([...next.ids]));
    expect(calls).toEqual(['1 at 19']);
  });

  it('are shown again where another one stands in their place', async () => {
    const { read, calls } = setUp();
    await read(textWithPicture(5));
    calls.length = 0;
    const other = textWithPicture(6);
    expect(await read(other)).toEqual(logitsOf([...other.ids]));
    expect(calls).toEqual(['drop 15', 'picture 6, 12 at 3', '3 at 15']);
  });

  it('stay in the cache whole or not at all', async () => {
    const { read, sequence, calls } = setUp();
    await read(textWithPicture(5));
    calls.length = 0;
    // The same picture as far as position 8, then words: nobody can look at a part of it.
    expect(sequence.keep(Uint32Array.from([1, 2, 3, ...imageIds(pictureOf(5).bytes, 5), 9, 9]))).toBe(3);
    expect(calls).toEqual(['drop 15']);
    const again = textWithPicture(5);
    expect(await read(again)).toEqual(logitsOf([...again.ids]));
  });

  it('are read anew from the beginning of the text where the cache cannot be wound back', async () => {
    const { read, calls } = setUp({ cannotDrop: true });
    await read(textWithPicture(5));
    calls.length = 0;
    await read(textWithPicture(6));
    expect(calls).toEqual(['reset', '3 at 0', 'picture 6, 12 at 3', '3 at 15']);
  });

  it('are refused by a network that sees none, and where appended texts are computed wrongly', async () => {
    const blind = setUp({}, false);
    expect(blind.sequence.canSee()).toBe(false);
    await expect(blind.read(textWithPicture(5))).rejects.toMatchObject({ code: 'engine/bad-input' });
    const wrong = setUp();
    wrong.sequence.avoidAppends();
    expect(wrong.sequence.canSee()).toBe(false);
    await expect(wrong.read(textWithPicture(5))).rejects.toMatchObject({ code: 'engine/bad-input' });
  });

  it('are refused where only their ids came: a record cannot be audited without them', async () => {
    const { sequence } = setUp();
    const { ids } = textWithPicture(5);
    const auditing = sequence.audit(ids, Uint32Array.of(ids.length - 1), {});
    await expect(auditing).rejects.toMatchObject({ code: 'engine/bad-input', message: /picture/u });
  });

  it('never end a text, and never take more than the context', async () => {
    const { sequence } = setUp();
    const { ids, images } = textWithPicture(5, []);
    await expect(sequence.append(ids, { images })).rejects.toMatchObject({ code: 'engine/bad-input' });
    const large = { at: 0, count: 49, image: pictureOf(5) };
    const tooMany = sequence.append(Uint32Array.from([...imageIds(Uint8Array.of(5), 49), 1]), { images: [large] });
    await expect(tooMany).rejects.toMatchObject({ code: 'engine/context-full' });
  });
});
