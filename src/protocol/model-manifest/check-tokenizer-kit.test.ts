import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeftError } from '../errors.ts';
import { fromHex } from '../ids.ts';
import { checkTokenizerKit, MAX_CHAT_CONFIG_BYTES } from './check-tokenizer-kit.ts';
import { manifestDigests, modelManifest } from './model-manifest.ts';
import type { ModelParts } from './model-manifest.ts';
import vectors from './model-manifest.vectors.json' with { type: 'json' };

const text = (value: string) => new TextEncoder().encode(value);
const one = vectors.cases[0]!;
const file = (from: { readonly sizeBytes: number; readonly sha256: string }) => ({
  sizeBytes: from.sizeBytes,
  sha256: fromHex(`0x${from.sha256}`, 32),
});
const tokenizer = text('{"model":{"vocab":{"a":0}}}');
const parts: ModelParts = {
  tensorIndex: file(one.tensorIndex),
  weights: one.weights.map(file),
  tokenizer: { sizeBytes: tokenizer.length, sha256: sha256(tokenizer) },
  chatConfig: one.chatConfig,
};
const manifest = modelManifest(parts);
const kit = { tokenizer, chatConfig: text(JSON.stringify(one.chatConfig)), digests: manifestDigests(parts) };
const altered = expect.objectContaining({ code: 'model/altered' }) as Error;

describe('the kit of a tokenizer', () => {
  it('is that of its model', () => {
    expect(() => checkTokenizerKit(manifest, kit)).not.toThrow();
  });

  it('may say otherwise how the model is run', () => {
    const { chatConfig } = one;
    const config = { ...chatConfig, model_config: { ...chatConfig.model_config, context_window_size: 7 }, extra: 1 };
    expect(() => checkTokenizerKit(manifest, { ...kit, chatConfig: text(JSON.stringify(config)) })).not.toThrow();
  });

  it.each<[string, object]>([
    ['another tokenizer', { tokenizer: text('{}') }],
    ['another template', { chatConfig: text(JSON.stringify({ ...one.chatConfig, conv_template: { seps: ['x'] } })) }],
    ['another quantisation', { chatConfig: text(JSON.stringify({ ...one.chatConfig, quantization: 'q0f32' })) }],
    ['no configuration', { chatConfig: text('null') }],
    ['half a configuration', { chatConfig: kit.chatConfig.subarray(0, -1) }],
    ['a configuration that is no text', { chatConfig: Uint8Array.of(0xff, 0xfe) }],
    ['a configuration of brackets', { chatConfig: text('['.repeat(100_000)) }],
    ['a configuration without end', { chatConfig: new Uint8Array(MAX_CHAT_CONFIG_BYTES + 1).fill(0x20) }],
    ['half a character', { chatConfig: text(JSON.stringify({ ...one.chatConfig, conv_template: { a: '\ud800' } })) }],
    ['too few digests', { digests: kit.digests.subarray(32) }],
    ['other digests', { digests: kit.digests.with(3, 1 + kit.digests[3]!) }],
  ])('is refused with %s', (_what, change) => {
    expect(() => checkTokenizerKit(manifest, { ...kit, ...change })).toThrow(altered);
  });

  it('is refused whatever bytes its configuration has', () => {
    const value = fc.oneof(
      fc.uint8Array(),
      fc.json().map(text),
      fc.jsonValue().map((json) => text(JSON.stringify(json))),
    );
    fc.assert(
      fc.property(value, (bytes) => {
        try {
          checkTokenizerKit(manifest, { ...kit, chatConfig: Uint8Array.from(bytes) });
          expect.unreachable();
        } catch (error) {
          expect(error).toBeInstanceOf(WeftError);
        }
      }),
    );
  });
});
