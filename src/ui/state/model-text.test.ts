import { describe, expect, it } from 'vitest';
import { modelEntry } from '../models.fixture.ts';
import {
  describeDownload,
  describeHost,
  describeParameters,
  describeQuantization,
  describeSize,
} from './model-text.ts';

const progress = {
  loadedBytes: 350e6,
  totalBytes: 700e6,
  bytesPerSecond: 12.4e6,
  secondsLeft: 28,
  phase: 'downloading',
} as const;

describe('texts about models', () => {
  it('counts parameters as makers do', () => {
    expect([135e6, 596e6, 999.9e6, 1.72e9, 3e9, 70.6e9].map(describeParameters)).toEqual([
      '135 million parameters',
      '596 million parameters',
      '1 billion parameters',
      '1.7 billion parameters',
      '3 billion parameters',
      '71 billion parameters',
    ]);
  });

  it('puts a quantisation into words and leaves an unknown one alone', () => {
    expect(['q4f16_1', 'q4f32_1', 'q3f16_1', 'q0f16', 'q0f32', 'e5m2'].map(describeQuantization)).toEqual([
      'compressed to 4 bits, computes in 16',
      'compressed to 4 bits, computes in 32',
      'compressed to 3 bits, computes in 16',
      'not compressed (16 bits)',
      'not compressed (32 bits)',
      'e5m2',
    ]);
  });

  it('names servers without what a person does not need', () => {
    expect(
      ['https://huggingface.co', 'https://*.hf.co', 'http://localhost:8080', 'models.example'].map(describeHost),
    ).toEqual(['huggingface.co', 'servers of hf.co', 'localhost:8080', 'models.example']);
  });

  it('says "about" only where a size is estimated', () => {
    expect(describeSize({ bytes: 700e6, isExact: true })).toBe('700 MB');
    expect(describeSize({ bytes: 700e6, isExact: false })).toBe('about 700 MB');
  });

  it('tells bytes, speed and time left while they are known', () => {
    expect(describeDownload(modelEntry('m', { stored: 'downloading', progress }))).toBe(
      '350 MB of 700 MB · 12 MB/s · 28 s left',
    );
    const unknown = { ...progress, bytesPerSecond: null, secondsLeft: null };
    expect(describeDownload(modelEntry('m', { stored: 'downloading', progress: unknown }))).toBe('350 MB of 700 MB');
  });

  it('leaves the speed out while nothing moves', () => {
    const at = (phase: 'retrying' | 'checking') =>
      describeDownload(modelEntry('m', { stored: 'downloading', progress: { ...progress, phase } }));
    expect(at('retrying')).toBe('The connection broke, trying again · 350 MB of 700 MB');
    expect(at('checking')).toBe('Checking the files · 350 MB of 700 MB');
    expect(describeDownload(modelEntry('m', { stored: 'paused', progress }))).toBe('Paused · 350 MB of 700 MB');
    expect(describeDownload(modelEntry('m', { stored: 'waiting' }))).toBe('Waiting for its turn');
  });
});
