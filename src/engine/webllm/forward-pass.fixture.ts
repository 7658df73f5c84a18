import { expect } from 'vitest';
import type { ChatImage } from '../../protocol/chat-image.ts';
import { imageIds } from '../../protocol/par1/image-ids.ts';
import type { ForwardPass } from './forward-pass.ts';

export const VOCAB = 64;

export interface ForwardPassFaults {
  /** Tokens of a call at most; 8 where it is not said. */
  chunkTokens?: number;
  /** Computes wrongly what is appended to a cache that is not empty, if it is more than one id. */
  appends?: boolean;
  /** Computes wrongly whatever is appended to a cache that is not empty. */
  decodes?: boolean;
  nan?: boolean;
  cannotDrop?: boolean;
  /** Loses an id now and then. */
  miscounts?: boolean;
  throws?: boolean;
}

/** Stands in for WebLLM: logits are a function of all ids in its cache. */
export function createForwardPass(faults: ForwardPassFaults = {}) {
  let cache: number[] = [];
  const calls: string[] = [];
  let isBusy = false;
  const pass: ForwardPass = {
    chunkTokens: faults.chunkTokens ?? 8,
    cachedTokens: () => cache.length,
    reset() {
      cache = [];
      calls.push('reset');
    },
    drop:
      faults.cannotDrop === true
        ? null
        : (count) => {
            cache = cache.slice(0, -count);
            calls.push(`drop ${count}`);
          },
    async forward(ids) {
      expect(isBusy).toBe(false);
      isBusy = true;
      calls.push(`${ids.length} at ${cache.length}`);
      const isAppend = cache.length > 0;
      cache.push(...ids);
      if (faults.miscounts === true) cache.pop();
      await Promise.resolve();
      isBusy = false;
      if (faults.throws === true) throw new Error('device is lost');
      const isWrong = isAppend && (faults.decodes === true || (faults.appends === true && ids.length > 1));
      return isWrong ? logitsOf([...cache, 1, 2, 3], faults.nan) : logitsOf(cache, faults.nan);
    },
  };
  /** A picture is its ids to the stand-in. */
  const see = (image: ChatImage, count: number) => {
    calls.push(`picture ${image.bytes[0]}, ${count} at ${cache.length}`);
    cache.push(...imageIds(image.bytes, count));
    return Promise.resolve();
  };
  return { pass, see, calls, fix: () => (faults.throws = false) };
}

export function logitsOf(ids: readonly number[], isNan = false): Float32Array {
  let state = 7;
  for (const id of ids) state = (state * 31 + id + 1) % 65_521;
  return Float32Array.from({ length: VOCAB }, (_, at) => (isNan ? NaN : Math.sin(state * (at + 1))));
}
