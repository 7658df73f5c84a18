import { describe, expect, it } from 'vitest';
import { conversationOf, messageOf } from '../../storage/records.fixture.ts';
import { MAX_TEXT_CHARS } from '../../storage/constants.ts';
import { checkConversation } from '../../storage/records.ts';
import { clip } from './clip.ts';
import { recapOf, withoutRecap, withRecap } from './recap.ts';
import { titleOf } from './title.ts';
import { turnsOf } from './turns.ts';

describe('an automatic title', () => {
  it.each([
    ['What is Weft?', 'What is Weft?'],
    ['\n\n  ## Plan\nfor the day', 'Plan'],
    ['- first   point', 'first point'],
    ['   ', 'New chat'],
    ['```', 'New chat'],
    ['word '.repeat(30), `${'word '.repeat(11).trim()}…`],
    ['x'.repeat(100), `${'x'.repeat(59)}…`],
  ])('of %j is %j', (question, title) => {
    expect(titleOf(question)).toBe(title);
  });

  it.each([
    ['families', '👨‍👩‍👧‍👦'.repeat(70)],
    ['flags', '🇩🇪'.repeat(70)],
    ['one letter with thousands of accents', `a${'\u0301'.repeat(5_000)}`],
  ])('of a question made of %s can be stored', (_of, question) => {
    const title = titleOf(question);
    expect(title.endsWith('…')).toBe(true);
    expect(checkConversation(conversationOf('c', { title }))).toMatchObject({ ok: true });
  });
});

describe('clipping', () => {
  it('counts characters as people do and never cuts one apart', () => {
    expect(clip('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧');
    expect(clip('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 2)).toBe('👩‍👩‍👧…');
  });
});

describe('turns for a model', () => {
  it('leave out empty answers and alternate', () => {
    const history = [
      messageOf('c', 'u1', { text: 'one' }),
      messageOf('c', 'a1', { text: '' }),
      messageOf('c', 'u2', { text: 'two' }),
      messageOf('c', 'a2', { text: 'answer' }),
      messageOf('c', 'u3', { text: 'three' }),
    ];
    expect(turnsOf(history, ' ')).toEqual([
      { role: 'user', content: 'one\n\ntwo' },
      { role: 'assistant', content: 'answer' },
      { role: 'user', content: 'three' },
    ]);
    expect(turnsOf(history, 'Be brief.')[0]).toEqual({ role: 'system', content: 'Be brief.' });
  });
});

describe('a recap', () => {
  const branch = Array.from({ length: 40 }, (_, at) =>
    at % 2 === 0
      ? messageOf('c', `u${at}`, { text: `Question ${at}\nwith a second line?` })
      : messageOf('c', `a${at}`, { text: `It is v1.${at} now. The rest is not carried.` }),
  );

  it('has each question and the first sentence of its answer', () => {
    expect(recapOf(branch.slice(0, 2), 10_000)).toBe(
      'Recap of the earlier chat (questions, and how each answer began):\nQ: Question 0 with a second line?\nA: It is v1.1 now.',
    );
  });

  it('keeps the newest that fit, beginning with a question', () => {
    const recap = recapOf(branch, 300);
    expect(recap.length).toBeLessThanOrEqual(300);
    expect(recap).toContain('A: It is v1.39 now.');
    expect(recap.split('\n')[1]).toMatch(/^Q: /u);
    expect(recapOf([], 300)).toBe('');
    expect(recapOf(branch, 10)).toBe('');
  });

  it('can be taken off a prompt again', () => {
    expect(withoutRecap(`Be brief.\n\n${recapOf(branch, 300)}`)).toBe('Be brief.');
    expect(withoutRecap('Be brief.')).toBe('Be brief.');
  });

  it.each([
    ['many lines', 'A rule of the house.\n'.repeat(60_000), 'A rule of the house.'],
    ['one line', 'x'.repeat(1_100_000), 'x'],
    ['one line of emoji', '😀'.repeat(550_000), '😀'],
  ])('follows a prompt of %s that is cut to what can be stored', (_of, prompt, end) => {
    const recap = recapOf(branch, 301);
    const whole = withRecap(prompt, recap);
    const kept = whole.slice(0, -recap.length).trimEnd();
    expect(whole.endsWith(`\n\n${recap}`)).toBe(true);
    expect(whole.length).toBeLessThanOrEqual(MAX_TEXT_CHARS);
    expect(whole.length).toBeGreaterThan(MAX_TEXT_CHARS - 30);
    expect(prompt.startsWith(kept)).toBe(true);
    expect(kept.endsWith(end)).toBe(true);
    expect(kept.isWellFormed()).toBe(true);
  });

  it('leaves a prompt that fits as it is', () => {
    const longest = 'x'.repeat(MAX_TEXT_CHARS);
    expect(withRecap('Be brief.', 'Recap')).toBe('Be brief.\n\nRecap');
    expect(withRecap('', 'Recap')).toBe('Recap');
    expect(withRecap(longest, '')).toBe(longest);
  });
});
