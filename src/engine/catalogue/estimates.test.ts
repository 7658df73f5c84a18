import { describe, expect, it } from 'vitest';
import { downloadBytesOf, largestBufferOf, memoryBytesOf } from './estimates.ts';

describe('sizes of a quantisation that nobody knows', () => {
  it.each(['q9f9', 'constructor', '__proto__', 'toString'])('are estimated all the same: %s', (quantization) => {
    expect(memoryBytesOf(800, quantization)).toBe(1000);
    expect(largestBufferOf([10, 10], quantization)).toBeNull();
    const known = downloadBytesOf({ parameterCount: null, quantization: 'q9f9', memoryBytes: 1000 });
    expect(downloadBytesOf({ parameterCount: 10, quantization, memoryBytes: 1000 })).toBe(known);
  });
});
