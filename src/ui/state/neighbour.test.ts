import { describe, expect, it } from 'vitest';
import type { Message } from '../../node/app.ts';
import { neighbourOf } from './neighbour.ts';

/** Answers to one question, oldest first, by these models; the one at `index` is on screen. */
function entryOf(index: number, ...modelIds: readonly string[]) {
  const siblings = modelIds.map((modelId, at) => ({ id: `m${at}`, modelId }) as Message);
  return { message: siblings[index]!, siblings, index };
}

describe('neighbourOf', () => {
  it('takes the newest answer of another model', () => {
    expect(neighbourOf(entryOf(3, 'guide', 'qwen', 'llama', 'guide'))?.id).toBe('m2');
    expect(neighbourOf(entryOf(0, 'guide', 'qwen', 'guide'))?.id).toBe('m1');
  });

  it('takes the newest other answer where one model wrote them all', () => {
    expect(neighbourOf(entryOf(2, 'guide', 'guide', 'guide'))?.id).toBe('m1');
    expect(neighbourOf(entryOf(0, 'guide', 'guide', 'guide'))?.id).toBe('m2');
  });

  it('finds nothing beside a single answer', () => {
    expect(neighbourOf(entryOf(0, 'guide'))).toBeNull();
  });
});
