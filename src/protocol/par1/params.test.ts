import { describe, expect, it } from 'vitest';
import { samplingParams } from './params.ts';

describe('sampling parameters', () => {
  it.each([
    [
      { temperature: 0.7, topP: 0.95, topK: 32 },
      { temperatureQ: 717, topPBps: 9500, topK: 32 },
    ],
    [
      { temperature: 0, topP: 1, topK: 1 },
      { temperatureQ: 0, topPBps: 10000, topK: 1 },
    ],
    [
      { temperature: 2, topP: 0.00001, topK: 8 },
      { temperatureQ: 2048, topPBps: 1, topK: 8 },
    ],
  ])('puts %j on the grid', (settings, params) => {
    expect(samplingParams(settings)).toEqual(params);
  });

  it.each([
    { temperature: -0.1, topP: 1, topK: 1 },
    { temperature: NaN, topP: 1, topK: 1 },
    { temperature: 64, topP: 1, topK: 1 },
    { temperature: 1, topP: 0, topK: 1 },
    { temperature: 1, topP: 1.01, topK: 1 },
    { temperature: 1, topP: NaN, topK: 1 },
    { temperature: 1, topP: 1, topK: 1.5 },
    { temperature: 1, topP: 1, topK: 33 },
  ])('refuses %j', (settings) => {
    expect(() => samplingParams(settings)).toThrow(expect.objectContaining({ code: 'par1/bad-input' }));
  });
});
