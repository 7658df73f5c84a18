import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPromptEncoder } from '../../src/engine/session/encode-prompt.ts';
import { requestOf } from '../../src/mesh/infer/jobs.fixture.ts';
import type { Hex32 } from '../../src/protocol/ids.ts';
import type { TokenizerKit } from '../../src/protocol/model-manifest/tokenizer-kit.ts';
import { createEncodeThread } from './encode-in-thread.ts';
import { readGuideKit } from './served-mesh.fixture.ts';

const thread = createEncodeThread();
let kit: TokenizerKit;
let manifest: Hex32;
beforeAll(async () => {
  ({ kit, manifest } = await readGuideKit());
});
afterAll(() => thread.stop());

test('a prompt has the same tokens as anywhere else', async () => {
  const request = requestOf('What is Weft?', 16);
  const encoded = await thread.encode({ kit, manifest, request }, {});
  expect(encoded).toEqual(createPromptEncoder().encode({ kit, manifest, request }));
});

test('what is wrong with a tokenizer keeps its code, and the next prompt is written', async () => {
  const altered = { ...kit, tokenizer: kit.tokenizer.slice(1) };
  const other = manifest.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) as Hex32;
  await expect(thread.encode({ kit: altered, manifest: other, request: requestOf('a', 1) }, {})).rejects.toMatchObject({
    code: 'model/altered',
  });
  await expect(thread.encode({ kit, manifest, request: requestOf('a', 1) }, {})).resolves.toBeDefined();
});

test('prompts that wait are bounded, and whoever leaves is not waited for', async () => {
  const request = requestOf('word '.repeat(20_000), 1);
  const controller = new AbortController();
  const asked = Array.from({ length: 32 }, () =>
    thread.encode({ kit, manifest, request }, { signal: controller.signal }),
  );
  await expect(thread.encode({ kit, manifest, request }, {})).rejects.toMatchObject({ code: 'infer/busy' });
  controller.abort(new Error('left'));
  const ends = await Promise.allSettled(asked);
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
});

test('a thread that was ended is replaced', async () => {
  const other = createEncodeThread();
  const request = requestOf('a', 1);
  await other.encode({ kit, manifest, request }, {});
  await other.stop();
  await expect(other.encode({ kit, manifest, request }, {})).resolves.toBeDefined();
  await other.stop();
});
