import { describe, expect, it } from 'vitest';
import { contributeState } from '../mesh.fixture.ts';
import { describeContribute, describeRates } from './contribute-text.ts';

describe('describeContribute', () => {
  it.each([
    [contributeState(), 'Off: nobody else uses your GPU.'],
    [contributeState({ status: 'testing' }), 'Testing your GPU before it answers for others…'],
    [contributeState({ status: 'on' }), 'On: waiting for questions.'],
    [contributeState({ status: 'on', running: 1, waiting: 2 }), 'On: answering 1 question, 2 waiting.'],
    [contributeState({ status: 'on', paused: 'battery' }), 'Paused: this machine runs on its battery.'],
    [
      contributeState({ status: 'draining', running: 2 }),
      'Ending: 2 answers are finished first, nothing new is taken.',
    ],
  ])('says what goes on', (state, sentence) => {
    expect(describeContribute(state)).toBe(sentence);
  });
});

describe('describeRates', () => {
  it('tells the newest and the greatest', () => {
    expect(describeRates([0, 34.4, 12.2])).toBe('Now 12 tokens/s; at most 34 in the last minute.');
    expect(describeRates(Array.from({ length: 60 }, () => 5))).toContain('the last 2 minutes');
  });

  it('waits for something to tell', () => {
    expect(describeRates([])).toBe('Nothing measured yet.');
  });
});
