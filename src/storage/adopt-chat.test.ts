import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_IMAGE_BYTES } from '../protocol/chat-image.ts';
import { adoptChat } from './adopt-chat.ts';
import { chatMarkdown } from './chat-markdown.ts';
import { LAST_TIME_MS } from './constants.ts';
import { imageEntry } from './image-file.ts';
import { messageImage, storedImage } from './images.fixture.ts';
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

describe('pictures of an adopted chat', () => {
  const cat = storedImage(1);
  const question = messageOf('c', 'u1', { images: [messageImage(cat, 'cat](javascript:alert(1))\n# <img src=x>')] });
  const adopt = (images: unknown) => {
    const file: unknown = JSON.parse(
      JSON.stringify({ conversation: conversationOf('c'), messages: [question], images }),
    );
    return adoptChat(file, freshId);
  };
  const taken = (images: unknown) => {
    const chat = adopt(images);
    if (typeof chat === 'string') expect.unreachable(chat);
    return chat;
  };

  it('come back as they were exported', () => {
    const chat = taken([imageEntry(cat)]);
    expect(chat.images).toEqual([cat]);
    expect(chat.messages[0]?.images).toEqual(question.images);
    expect(chat.remarks).toEqual([]);
  });

  it.each([
    ['is a drawing with a script', { base64: btoa('<svg onload="alert(1)">') }],
    ['says another size than it has', { width: 65 }],
    ['says another type than it has', { mimeType: 'image/jpeg' }],
    ['is of a type that is not shown', { mimeType: 'image/svg+xml' }],
    ['is not base64', { base64: '%%%' }],
    ['has more bytes than are taken', { base64: imageEntryOfBytes(MAX_IMAGE_BYTES + 1) }],
    ['is larger than is shown', largePicture()],
  ])('are left out with a remark where one %s', (_, change) => {
    const chat = taken([{ ...(imageEntry(cat) as object), ...change }]);
    expect(chat.images).toEqual([]);
    expect(chat.messages).toHaveLength(1);
    expect(chat.remarks).toHaveLength(2);
  });

  it('are left out where no message shows them, and named where they are missing', () => {
    expect(taken([imageEntry(cat), imageEntry(storedImage(2)), null]).remarks).toEqual([
      'Picture 2 was left out: no message shows it.',
      'Picture 3 was left out: it is no PNG, JPEG or WebP, or too large.',
    ]);
    expect(taken(undefined).remarks).toEqual(['A picture is missing in the file.']);
  });

  it('are named in Markdown by a name that is no Markdown', () => {
    const text = chatMarkdown(conversationOf('c'), [question]);
    expect(text).toContain('*Picture: cat\\](javascript:alert(1)) \\# \\<img src=x\\>*');
  });
});

function imageEntryOfBytes(length: number): string {
  return (imageEntry(storedImage(1, length)) as { readonly base64: string }).base64;
}

/** A PNG that says it is 4096 pixels wide. */
function largePicture(): object {
  const { bytes } = storedImage(1);
  bytes.set([0, 0, 16, 0], 16);
  return { width: 4096, base64: btoa(String.fromCharCode(...bytes)) };
}
