import { describe, expect, it } from 'vitest';
import { BANNED_SCORE, BEST_SCORE, MAX_SCORES, SCORE_HALF_LIFE_MS, STREAM_BURST } from './constants.ts';
import { createScores } from './scores.ts';

function setUp() {
  let nowMs = 0;
  const scores = createScores({ nowMs: () => nowMs, isRelay: (peerId) => peerId === 'relay' });
  return { scores, pass: (ms: number) => (nowMs += ms) };
}

describe('a peer’s score', () => {
  it('is 0 for who was just met', () => {
    expect(setUp().scores.of('a')).toBe(0);
  });

  it('falls with each offence until nobody listens, and not to that for one that is small', () => {
    const { scores } = setUp();
    expect(scores.report('a', 'broke-off')).toBe(false);
    expect(scores.isBanned('a')).toBe(false);
    for (let i = 0; i < 4; i++) scores.report('a', 'bad-message');
    expect(scores.of('a')).toBeLessThanOrEqual(BANNED_SCORE);
    expect(scores.isBanned('a')).toBe(true);
    expect(scores.isBanned('b')).toBe(false);
  });

  it('is lost by one lie', () => {
    const { scores } = setUp();
    expect(scores.report('a', 'lied')).toBe(true);
  });

  it('is forgotten by half in its time, the bad and the good', () => {
    const { scores, pass } = setUp();
    scores.report('a', 'lied');
    for (let i = 0; i < 20; i++) scores.praise('b');
    pass(SCORE_HALF_LIFE_MS);
    expect(scores.of('a')).toBeCloseTo(-50);
    expect(scores.of('b')).toBeCloseTo(10);
    expect(scores.isBanned('a')).toBe(false);
  });

  it('cannot be saved up without end', () => {
    const { scores } = setUp();
    for (let i = 0; i < 1_000; i++) scores.praise('a');
    expect(scores.of('a')).toBe(BEST_SCORE);
  });

  it('never keeps a node from its relay', () => {
    const { scores } = setUp();
    expect(scores.report('relay', 'lied')).toBe(false);
    expect(scores.isBanned('relay')).toBe(false);
  });

  it('of the banned outlasts any number of new keys', () => {
    const { scores } = setUp();
    scores.report('bad', 'lied');
    for (let i = 0; i < 3 * MAX_SCORES; i++) scores.report(`key ${i}`, 'broke-off');
    expect(scores.isBanned('bad')).toBe(true);
    expect(scores.of('key 0')).toBe(0);
  });
});

describe('what a peer may do', () => {
  it('is used up, and comes back with time', () => {
    const { scores, pass } = setUp();
    for (let i = 0; i < STREAM_BURST; i++) expect(scores.take('a', 'streams')).toBe(true);
    expect(scores.take('a', 'streams')).toBe(false);
    expect(scores.take('b', 'streams')).toBe(true);
    expect(scores.take('a', 'messages')).toBe(true);
    pass(1_000);
    expect(scores.take('a', 'streams')).toBe(true);
  });
});
