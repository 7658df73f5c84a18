import { describe, expect, it } from 'vitest';
import type { LiveAnswer } from '../../node/app.ts';
import { account } from '../mesh.fixture.ts';
import { describePhase } from './describe-phase.ts';

const LIVE: LiveAnswer = {
  conversationId: 'c',
  messageId: 'm',
  phase: 'queued',
  ahead: 0,
  load: null,
  prompt: null,
  rounds: [],
  text: '',
  tokens: 0,
  startedAtMs: 0,
  timeToFirstTokenMs: null,
  tokensPerSecond: null,
  servedBy: null,
};

describe('an answer of another node', () => {
  const servedBy = { address: account(1), peerId: 'p', path: 'direct', afterTokens: 0 } as const;
  const text = (part: Partial<LiveAnswer>) => describePhase({ ...LIVE, ...part }, 'Qwen', true)?.text;

  it('is looked for, connected to, waited for and read', () => {
    expect(text({ phase: 'connecting' })).toBe('Looking for a node that answers');
    expect(text({ phase: 'loading' })).toBe('Looking for a node that answers');
    expect(text({ phase: 'connecting', servedBy })).toBe('Connecting to a node');
    expect(text({ phase: 'queued', ahead: 2, servedBy })).toBe('Waiting at the node: 2 questions before yours');
    expect(text({ phase: 'loading', servedBy })).toBe('The node loads Qwen');
    expect(text({ phase: 'reading', servedBy })).toBe('Reading');
    expect(text({ phase: 'writing', servedBy })).toBeUndefined();
  });
});

describe('describePhase', () => {
  it('counts only the tokens that must be read anew', () => {
    const prompt = { tokens: 212, cached: 20, done: 116 };
    expect(describePhase({ ...LIVE, phase: 'reading', prompt }, 'Guide')).toEqual({
      text: 'Reading',
      detail: '96 of 192 tokens',
      ratio: 0.5,
    });
  });

  it('shows no figures where the whole prompt is known already', () => {
    const prompt = { tokens: 20, cached: 20, done: 20 };
    expect(describePhase({ ...LIVE, phase: 'reading', prompt }, 'Guide')).toEqual({
      text: 'Reading',
      detail: '',
      ratio: null,
    });
  });

  it('says how many answers come first', () => {
    expect(describePhase({ ...LIVE, ahead: 1 }, 'Guide')?.text).toBe('Waiting for 1 other answer');
    expect(describePhase({ ...LIVE, ahead: 0 }, 'Guide')?.text).toBe('Getting ready');
  });

  it('shows bytes while they move and a share otherwise', () => {
    const load = { phase: 'download', ratio: 0.25, loadedBytes: 2_000_000, totalBytes: 8_000_000 } as const;
    expect(describePhase({ ...LIVE, phase: 'loading', load }, 'Guide')?.detail).toBe('2.0 MB of 8.0 MB');
    expect(describePhase({ ...LIVE, phase: 'loading', load: { ...load, phase: 'compile' } }, 'Guide')?.detail).toBe(
      '25 %',
    );
  });

  it('names the model that is loaded', () => {
    const load = { phase: 'upload', ratio: 0.5, loadedBytes: 1, totalBytes: 2 } as const;
    expect(describePhase({ ...LIVE, phase: 'loading', load }, 'Guide')?.text).toBe('Copying Guide to your GPU');
    expect(describePhase({ ...LIVE, phase: 'loading' }, 'Guide')?.text).toBe('Getting Guide ready');
  });

  it('lets the text speak for itself while it is written', () => {
    expect(describePhase({ ...LIVE, phase: 'writing' }, 'Guide')).toBeNull();
  });
});
