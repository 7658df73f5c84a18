import { describe, expect, it } from 'vitest';
import { conversationOf } from '../../storage/records.fixture.ts';
import type { SearchHit } from '../app.ts';
import { calculator } from './calculator.ts';
import { createClock } from './clock.ts';
import type { ChatTool } from './chat-tool.ts';
import { MAX_TOLD_CHARS } from './constants.ts';
import { runCalls } from './run-calls.ts';
import { createSearchTool } from './search-tool.ts';

const context = { conversationId: 'here', signal: new AbortController().signal };
const callOf = (name: string, args: string) => ({ id: 'a', name, arguments: args });
const toolThat = (run: ChatTool['run']): ChatTool => ({ ...calculator, run });

describe('a call', () => {
  it('is answered with what its tool says', async () => {
    const [answered] = await runCalls([callOf('calculator', '{"expression": "3*7"}')], [calculator], context);
    expect(answered).toEqual({ ...callOf('calculator', '{"expression": "3*7"}'), result: '21', hasFailed: false });
  });

  it.each([
    ['that cannot be computed', callOf('calculator', '{"expression": "1/0"}'), /divides by zero/u],
    ['without its argument', callOf('calculator', '{}'), /there is none/u],
    ['of no JSON', callOf('calculator', '{"expression'), /^Error: /u],
    ['of a tool that is not there', callOf('abacus', '{}'), /no tool "abacus"/u],
  ])('%s is told as a result, and the next one runs', async (_what, call, why) => {
    const answered = await runCalls([call, callOf('calculator', '{"expression": "2"}')], [calculator], context);
    expect(answered.map(({ hasFailed }) => hasFailed)).toEqual([true, false]);
    expect(answered[0]?.result).toMatch(why);
  });

  it('has a bounded result', async () => {
    const [answered] = await runCalls([callOf('calculator', '{}')], [toolThat(() => 'x'.repeat(9_999))], context);
    expect(answered?.result).toBe(`${'x'.repeat(MAX_TOLD_CHARS)}… (cut)`);
  });

  it('ends when the person stops, also where its tool never does', async () => {
    const stop = new AbortController();
    const stuck = toolThat(() => {
      queueMicrotask(() => stop.abort(new DOMException('stopped', 'AbortError')));
      return new Promise(() => undefined);
    });
    const running = runCalls([callOf('calculator', '{}')], [stuck], { ...context, signal: stop.signal });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the tools of a chat', () => {
  it('tell the time with its zone', async () => {
    const clock = createClock({ nowMs: () => Date.UTC(2026, 10, 21, 14, 30), timeZone: 'Europe/Berlin' });
    expect(await clock.run({}, context)).toMatch(
      /^Saturday,? 21 November 2026.* 15:30:00 (?:CET|GMT\+1), time zone Europe\/Berlin$/u,
    );
  });

  it('find words in other chats than this one', async () => {
    const hit = (id: string): SearchHit => ({
      conversation: conversationOf(id, { title: `Chat ${id}` }),
      messageId: 'm',
      before: 'the ',
      match: 'relay',
      after: ' is',
    });
    const asked: string[] = [];
    const tool = createSearchTool({
      async *search({ query }) {
        asked.push(query);
        await Promise.resolve();
        yield hit('here');
        for (let at = 0; at < 50; at++) yield hit(`c${at}`);
      },
    });
    const text = await tool.run({ words: 'relay' }, context);
    expect(asked).toEqual(['relay']);
    expect(text.split('\n')).toHaveLength(6);
    expect(text).toContain('- Chat "Chat c0" (1970-01-01): the relay is');
    expect(text).not.toContain('Chat here');
    await expect(Promise.resolve().then(() => tool.run({}, context))).rejects.toMatchObject({
      code: 'app/bad-request',
    });
  });
});
