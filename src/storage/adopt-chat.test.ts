import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adoptChat } from './adopt-chat.ts';
import { chatMarkdown } from './chat-markdown.ts';
import { LAST_TIME_MS } from './constants.ts';
import { conversationOf, messageOf } from './records.fixture.ts';
import { checkConversation, checkMessage } from './records.ts';

let counter = 0;
const freshId = () => `new-${counter++}`;

describe('adopting a chat', () => {
  it('gives new ids throughout and keeps the branch on screen', () => {
    const chat = adoptChat(
      {
        conversation: conversationOf('c', { leafId: 'a1', deletedAtMs: 5 }),
        messages: [messageOf('c', 'a1', { parentId: 'u1', text: 'answer' }), messageOf('c', 'u1')],
      },
      freshId,
    );
    if (typeof chat === 'string') expect.unreachable(chat);
    const [question, answer] = [...chat.messages].sort((a) => (a.role === 'user' ? -1 : 1));
    expect(chat.conversation).toMatchObject({ leafId: answer?.id, deletedAtMs: null });
    expect(answer).toMatchObject({ parentId: question?.id, conversationId: chat.conversation.id, text: 'answer' });
    expect([chat.conversation.id, question?.id, answer?.id].every((id) => id?.startsWith('new-'))).toBe(true);
    expect(chat.remarks).toEqual([]);
  });

  it('takes only what could have been stored here, whatever the file holds', () => {
    const id = fc.constantFrom('u1', 'a1', 'u2', 'a2', 'gone');
    const good = fc
      .record({ id, parentId: fc.option(id), createdAtMs: fc.nat(9) })
      .map((one) => messageOf('c', one.id, one) as unknown);
    const message = fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: fc.anything() });
    const entry = fc.record({
      conversation: fc.oneof(
        fc.option(id).map((leafId) => conversationOf('c', { leafId }) as unknown),
        fc.anything(),
      ),
      messages: fc.array(message, { maxLength: 8 }),
    });
    fc.assert(
      fc.property(fc.oneof(entry, fc.anything()), (any) => {
        const chat = adoptChat(any, freshId);
        if (typeof chat === 'string') return;
        expect(checkConversation(chat.conversation).ok).toBe(true);
        const known = new Set(chat.messages.map((one) => one.id));
        expect(known.size).toBe(chat.messages.length);
        for (const one of chat.messages) {
          expect(checkMessage(one).ok).toBe(true);
          expect(one.parentId === null || known.has(one.parentId)).toBe(true);
        }
        expect(chat.conversation.leafId === null || known.has(chat.conversation.leafId)).toBe(true);
        expect(chat.conversation.leafId === null).toBe(chat.messages.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses times that no date can hold, which would break whoever shows or exports them', () => {
    const tooLate = LAST_TIME_MS + 1;
    const chat = adoptChat(
      {
        conversation: conversationOf('c', { leafId: 'u1' }),
        messages: [messageOf('c', 'u1', { createdAtMs: LAST_TIME_MS }), messageOf('c', 'u2', { createdAtMs: 1e300 })],
      },
      freshId,
    );
    expect(chat).toMatchObject({ messages: [{ text: 'Text of u1' }] });
    if (typeof chat === 'string') return;
    expect(chatMarkdown(chat.conversation, chat.messages)).toContain('Text of u1');
    expect(adoptChat({ conversation: conversationOf('c', { updatedAtMs: tooLate }), messages: [] }, freshId)).toContain(
      'updatedAtMs',
    );
  });
});
