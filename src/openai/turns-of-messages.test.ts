import { describe, expect, test } from 'vitest';
import type { ChatRequestMessage } from './chat-request.ts';
import { turnsOfMessages } from './turns-of-messages.ts';

const user = (content = 'q'): ChatRequestMessage => ({ role: 'user', content });
const calling = (...ids: string[]): ChatRequestMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});
const result = (tool_call_id: string): ChatRequestMessage => ({
  role: 'tool',
  content: `of ${tool_call_id}`,
  tool_call_id,
});
/** The smallest PNG head: 3 × 2 pixels. */
const PNG = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAAA=';
const showing = (url: string): ChatRequestMessage => ({
  role: 'user',
  content: [
    { type: 'text', text: 'what is' },
    { type: 'image_url', image_url: { url } },
    { type: 'text', text: 'this?' },
  ],
});

describe('messages as turns', () => {
  test('all that the system says is one turn, and comes first', () => {
    const messages: ChatRequestMessage[] = [
      { role: 'system', content: 'one' },
      { role: 'developer', content: [{ type: 'text', text: 'two' }] },
      user(),
    ];
    expect(turnsOfMessages(messages)).toEqual([
      { role: 'system', content: 'one\n\ntwo' },
      { role: 'user', content: 'q' },
    ]);
  });

  test('results stand in the order of their calls, in whichever they came', () => {
    const turns = turnsOfMessages([user(), calling('a', 'b'), result('b'), result('a')]);
    expect(turns.slice(2).map(({ toolCallId }) => toolCallId)).toEqual(['a', 'b']);
  });

  test('a picture comes along with its size', () => {
    const [turn] = turnsOfMessages([showing(PNG)]);
    expect(turn).toMatchObject({
      content: 'what is\n\nthis?',
      images: [{ mimeType: 'image/png', width: 3, height: 2 }],
    });
  });

  test.each([
    ['messages[1]', 'a system message in the middle', [user(), { role: 'system', content: 'x' }, user()]],
    ['messages[0]', 'a result without a call', [result('a'), user()]],
    ['messages[1]', 'a call without a result', [user(), calling('a'), user()]],
    ['messages[1]', 'a result of another call', [user(), calling('a'), result('b')]],
    ['messages[1]', 'two results of one call', [user(), calling('a', 'b'), result('a'), result('a')]],
    ['messages', 'an answer at the end', [user(), { role: 'assistant', content: 'x' }]],
    ['messages', 'nobody who asks', [{ role: 'system', content: 'x' }]],
    ['messages[0].content[1].image_url.url', 'a picture elsewhere', [showing('https://example.org/a.png')]],
    ['messages[0].content[1].image_url.url', 'no picture', [showing('data:image/png;base64,aGVsbG8=')]],
    ['messages[0].content[1].image_url.url', 'no base64', [showing('data:image/png;base64,!!')]],
  ] satisfies [string, string, ChatRequestMessage[]][])('%s is named for %s', (param, _what, messages) => {
    expect(() => turnsOfMessages(messages)).toThrow(
      expect.objectContaining({ code: 'gateway/bad-request', param }) as Error,
    );
  });
});
