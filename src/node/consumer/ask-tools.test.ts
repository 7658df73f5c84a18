import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { readyView, settledView } from '../app.fixture.ts';
import type { ChatSettings } from '../app.ts';
import { answerTo } from '../engine.fixture.ts';
import { closeApps, openApp, untilToken } from './ask.fixture.ts';

afterEach(closeApps);

const settings: ChatSettings = { systemPrompt: null, sampling: {}, tools: ['calculator', 'search_chats'] };
const call = { id: 'call_1', name: 'calculator', arguments: '{"expression": "3*7"}' };
const answered = { ...call, result: '21', hasFailed: false };
const system = { role: 'system', content: 'You are a test.' };

describe('an answer that calls', () => {
  it('goes on with the result, and keeps what happened', async () => {
    const { app, scripted, profile } = openApp();
    scripted.callNext('Let me see. ', 'calculator', call.arguments);
    const { conversationId } = await app.ask.send(null, '3*7?', { settings });
    const view = await settledView(app, conversationId);
    expect(view.branch[1]?.message).toMatchObject({
      state: 'complete',
      finish: 'stop',
      rounds: [{ text: 'Let me see. ', calls: [answered] }],
      text: answerTo('21'),
      commitment: null,
      stats: { completionTokens: 23 },
    });
    const [first, second] = scripted.requests;
    expect(first?.tools?.map(({ name }) => name)).toEqual(['calculator', 'search_chats']);
    const asked = [system, { role: 'user', content: '3*7?' }];
    const used = [
      { role: 'assistant', content: 'Let me see. ', toolCalls: [call] },
      { role: 'tool', content: '21', toolCallId: 'call_1' },
    ];
    expect(second?.turns).toEqual([...asked, ...used]);

    // A later question, in another tab that reads what was stored.
    const other = openApp(profile);
    await readyView(other.app, conversationId);
    await other.app.ask.send(conversationId, 'Sure?');
    await settledView(other.app, conversationId);
    const said = { role: 'assistant', content: answerTo('21') };
    const request = scripted.requests[2] ?? other.scripted.requests[0];
    expect(request?.turns).toEqual([...asked, ...used, said, { role: 'user', content: 'Sure?' }]);
  });

  it('is told why a call failed, and that there is no such tool', async () => {
    const { app, scripted } = openApp();
    scripted.callNext('', 'calculator', '{"expression": "1/0"}');
    scripted.callNext('', 'abacus', '{}');
    const { conversationId } = await app.ask.send(null, 'fail', { settings });
    const message = (await settledView(app, conversationId)).branch[1]?.message;
    expect(message?.state).toBe('complete');
    expect(message?.rounds?.flatMap(({ calls }) => calls.map(({ hasFailed }) => hasFailed))).toEqual([true, true]);
    const told = scripted.requests[2]?.turns.filter(({ role }) => role === 'tool').map(({ content }) => content);
    expect(told).toEqual([expect.stringContaining('divides by zero'), expect.stringContaining('no tool "abacus"')]);
  });

  it('answers after four rounds, since it is told of no tools then', async () => {
    const { app, scripted } = openApp();
    for (let round = 0; round < 9; round++) scripted.callNext('again ', 'calculator', '{"expression": "1"}');
    const { conversationId } = await app.ask.send(null, 'loop', { settings });
    const message = (await settledView(app, conversationId)).branch[1]?.message;
    expect(message?.rounds).toHaveLength(4);
    expect(message).toMatchObject({ state: 'complete', text: answerTo('1') });
    expect(scripted.requests.map(({ tools }) => tools !== undefined)).toEqual([true, true, true, true, false]);
  });

  it('finds the words of other chats', async () => {
    const { app, scripted } = openApp();
    const first = await app.ask.send(null, 'The password hint is a blue teapot');
    await settledView(app, first.conversationId);
    scripted.callNext('', 'search_chats', '{"words": "blue teapot"}');
    const { conversationId } = await app.ask.send(null, 'Where did I say blue teapot?', { settings });
    const [round] = (await settledView(app, conversationId)).branch[1]?.message.rounds ?? [];
    expect(round?.calls[0]?.result).toContain('hint is a blue teapot');
    expect(round?.calls[0]?.result).not.toContain('Where did I say');
  });

  it('stops between its rounds with what it has, and goes on from there', async () => {
    const { app, scripted } = openApp(undefined, 60);
    scripted.callNext('', 'calculator', call.arguments);
    scripted.delayMs = 20;
    const { conversationId, answerId } = await app.ask.send(null, 'stop', { settings });
    await untilToken(app, conversationId, 4);
    expect(app.ask.live(conversationId).current?.rounds).toEqual([{ text: '', calls: [answered] }]);
    app.ask.stop(conversationId);
    const stopped = (await settledView(app, conversationId)).branch[1]?.message;
    expect(stopped).toMatchObject({ state: 'stopped', rounds: [{ calls: [answered] }] });
    await app.ask.continueAnswer(answerId);
    const whole = (await settledView(app, conversationId)).branch[1]?.message;
    expect(whole).toMatchObject({ state: 'complete', text: answerTo('21', 60), rounds: [{ calls: [answered] }] });
  });

  it('begins anew without its rounds when it is written again', async () => {
    const { app, scripted } = openApp();
    scripted.callNext('', 'calculator', call.arguments);
    await app.engine.load();
    const { conversationId, answerId } = await app.ask.send(null, 'again', { settings });
    await settledView(app, conversationId);
    scripted.failNext(new WeftError('engine/shader', 'Bad shader.'), 0);
    await app.ask.retry(answerId);
    const failed = (await settledView(app, conversationId)).branch[1]?.message;
    expect(failed).toMatchObject({ state: 'failed', text: '' });
    expect(failed).not.toHaveProperty('rounds');
  });

  it('uses nothing in a chat that turned nothing on, or with a model that cannot', async () => {
    const { app, scripted } = openApp();
    scripted.callNext('', 'calculator', call.arguments);
    const off = await app.ask.send(null, 'off');
    await settledView(app, off.conversationId);
    const on = await app.ask.send(null, 'on', { settings });
    await settledView(app, on.conversationId);
    await app.ask.regenerate(on.answerId, { modelId: 'other' });
    await settledView(app, on.conversationId);
    await app.chats.selectBranch(on.answerId);
    await app.engine.selectModel('other');
    await app.ask.send(on.conversationId, 'next');
    await settledView(app, on.conversationId);
    expect(scripted.requests.map(({ tools }) => tools?.length)).toEqual([undefined, 2, 2, undefined, undefined]);
    // Of the calls it knows nothing: the answer stands alone.
    expect(scripted.requests.at(-1)?.turns.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  });
});
