import { describe, expect, it } from 'vitest';
import { adoptChat } from './adopt-chat.ts';
import { chatMarkdown } from './chat-markdown.ts';
import { MAX_RESULT_CHARS } from './constants.ts';
import { checkMessage } from './records.ts';
import { conversationOf, messageOf } from './records.fixture.ts';
import type { ToolRound } from './schema.ts';

const call = { id: 'call_1', name: 'calculator', arguments: '{"expression":"3*7"}', result: '21', hasFailed: false };
const round: ToolRound = { text: 'Let me see.', calls: [call] };

describe('what an answer did with tools', () => {
  it('is kept by storage, export and import', () => {
    const answer = messageOf('c', 'a1', { parentId: 'u1', rounds: [round] });
    expect(checkMessage(answer)).toEqual({ ok: true, value: answer });
    const conversation = conversationOf('c', { settings: { systemPrompt: null, sampling: {}, tools: ['calculator'] } });
    const file = JSON.parse(JSON.stringify({ conversation, messages: [messageOf('c', 'u1'), answer] })) as unknown;
    let ids = 0;
    const adopted = adoptChat(file, () => `fresh-${ids++}`);
    if (typeof adopted === 'string') expect.unreachable(adopted);
    expect(adopted.messages.find(({ role }) => role === 'assistant')?.rounds).toEqual([round]);
    expect(adopted.conversation.settings.tools).toEqual(['calculator']);
  });

  it('may be absent: older answers have none', () => {
    const checked = checkMessage(messageOf('c', 'a1'));
    expect(checked.ok && 'rounds' in checked.value).toBe(false);
  });

  it.each([
    ['no call', { ...round, calls: [] }],
    ['a result beyond the bound', { ...round, calls: [{ ...call, result: 'x'.repeat(MAX_RESULT_CHARS + 1) }] }],
    ['a name that is no name', { ...round, calls: [{ ...call, name: '<b>' }] }],
  ])('is refused with %s', (_what, bad) => {
    expect(checkMessage(messageOf('c', 'a1', { rounds: [bad] })).ok).toBe(false);
  });

  it('stands in Markdown as code that its own ticks do not end', () => {
    const hostile = { ...call, result: '```\n# Not a title' };
    const answer = messageOf('c', 'a1', { rounds: [{ ...round, calls: [hostile] }], text: 'It is 21.' });
    const text = chatMarkdown(conversationOf('c'), [answer]);
    expect(text).toContain(
      'Let me see.\n\nUsed a tool:\n\n````\ncalculator {"expression":"3*7"}\n```\n# Not a title\n````\n\nIt is 21.\n',
    );
  });
});
