import { describe, expect, it } from 'vitest';
import { describeCall } from './tool-text.ts';

const call = { id: 'a', name: 'calculator', arguments: '{"expression": "3*7"}', result: '21', hasFailed: false };

describe('the line of a call', () => {
  it.each([
    [call, 'Used calculator: 3*7 = 21'],
    [{ ...call, result: 'Error: …', hasFailed: true }, 'Used calculator: no result'],
    [{ ...call, name: 'clock', arguments: '{}', result: 'Saturday' }, 'Used date and time: Saturday'],
    [{ ...call, name: 'search_chats', arguments: '{"words":"blue\\n tin"}' }, 'Used search in my chats: “blue tin”'],
    [{ ...call, name: 'imported', arguments: 'no JSON' }, 'Used imported: 21'],
    [{ ...call, arguments: 'null' }, 'Used calculator: 21'],
  ])('of %j is %j', (one, line) => {
    expect(describeCall(one)).toBe(line);
  });

  it('is short however long the result is', () => {
    expect(describeCall({ ...call, result: '9'.repeat(5_000) })).toHaveLength(120);
  });
});
