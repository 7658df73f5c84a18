import { describe, expect, test } from 'vitest';
import type { GenerateEvent } from '../../engine/engine.ts';
import { hex32 } from '../../protocol/ids.ts';
import { cardModel, knownNode, TEST_MANIFEST } from '../mesh/known-node.fixture.ts';
import { createMeshBackend } from './mesh-backend.ts';

const OTHER = hex32(`0x${'cd'.repeat(32)}`);
const asked: string[] = [];

async function* nothing(): AsyncGenerator<GenerateEvent, void, undefined> {
  // Ends at once.
}

const backendOf = (...nodes: Parameters<typeof knownNode>[0][]) =>
  createMeshBackend({
    nodes: () => nodes.map((node) => knownNode(node)),
    consumer: {
      generate(manifest) {
        asked.push(manifest);
        return nothing();
      },
      embed: () => Promise.resolve({ vectors: [], promptTokens: 1e9 }),
    },
  });

describe('models of other nodes', () => {
  test('each is listed once, with what the most generous node allows', () => {
    const backend = backendOf(
      { name: 'a', models: [cardModel({ maxTokens: 100, contextLimit: 512 })] },
      { name: 'b', models: [cardModel({ maxTokens: 300, contextLimit: 2_048 })] },
    );
    expect(backend.models()).toMatchObject([
      { id: 'guide', manifest: TEST_MANIFEST, maxTokens: 300, contextLimit: 2_048 },
    ]);
  });

  test('nodes that take nothing new list nothing', () => {
    expect(backendOf({ isAccepting: false }).models()).toEqual([]);
  });

  test('the name belongs to the model that more nodes serve', () => {
    const backend = backendOf({ name: 'a', models: [cardModel({ manifest: OTHER })] }, { name: 'b' }, { name: 'c' });
    expect(backend.models().map(({ id }) => id)).toEqual(['guide', 'guide@cdcdcdcdcdcd']);
    expect(backend.find('guide')?.manifest).toBe(TEST_MANIFEST);
    expect(backend.find('guide@cdcdcdcdcdcd')?.manifest).toBe(OTHER);
  });

  test('a model can be pinned by its manifest, and not by a part too short to mean it', () => {
    const backend = backendOf({});
    expect(backend.find(`guide@${'ab'.repeat(32)}`)?.manifest).toBe(TEST_MANIFEST);
    expect(backend.find(TEST_MANIFEST)).toMatchObject({ id: TEST_MANIFEST, manifest: TEST_MANIFEST });
    expect(backend.find('guide@ab')).toBeNull();
    expect(backend.find(`guide@${'cd'.repeat(32)}`)).toBeNull();
    expect(backend.find(`other@${'ab'.repeat(32)}`)).toBeNull();
  });

  test('a question goes to the manifest, whatever it was called', async () => {
    const backend = backendOf({});
    const request = { turns: [], answerPrefix: '', sampling: cardModel().defaults };
    for await (const _ of backend.generate(backend.find('guide')!, request, new AbortController().signal));
    expect(asked).toEqual([TEST_MANIFEST]);
  });

  test('nobody is charged more tokens for a vector than its text has bytes', async () => {
    const backend = backendOf({});
    const { promptTokens } = await backend.embed(backend.find('guide')!, ['one', 'ü'], new AbortController().signal);
    expect(promptTokens).toBe(9);
  });
});
