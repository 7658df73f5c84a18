import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { readyView, settledView, textsOf } from '../app.fixture.ts';
import type { LiveAnswer } from '../app.ts';
import { answerTo } from '../engine.fixture.ts';
import { closeApps, openApp } from './ask.fixture.ts';

afterEach(closeApps);

describe('asking', () => {
  it('answers a first question in a new chat, titled by the question', async () => {
    const { app, scripted } = openApp();
    const sent = await app.ask.send(null, '  What is Weft?\nTell me.  ');
    const phases: LiveAnswer['phase'][] = [];
    app.ask.live(sent.conversationId).subscribe((live) => {
      if (live !== null && phases.at(-1) !== live.phase) phases.push(live.phase);
    });
    const view = await settledView(app, sent.conversationId);
    expect(textsOf(view)).toEqual(['What is Weft?\nTell me.', answerTo('What is Weft?\nTell me.')]);
    expect(view.conversation).toMatchObject({ title: 'What is Weft?', titleSource: 'auto', leafId: sent.answerId });
    expect(view.branch[1]?.message).toMatchObject({
      state: 'complete',
      finish: 'stop',
      error: null,
      modelId: 'guide',
      stats: { completionTokens: 20 },
      commitment: { leafCount: 20 },
    });
    expect(view.context).toEqual({ usedTokens: 30, limitTokens: 1_024 });
    expect(phases).toEqual(['loading', 'reading', 'writing']);
    expect(scripted.requests[0]?.turns).toEqual([
      { role: 'system', content: 'You are a test.' },
      { role: 'user', content: 'What is Weft?\nTell me.' },
    ]);
    expect(app.chats.list.current.chats.map(({ id }) => id)).toEqual([sent.conversationId]);
  });

  it('gives the model the branch so far and the chat’s own settings', async () => {
    const { app, scripted } = openApp();
    const format = { type: 'json-schema', schema: '{"type":"object"}' } as const;
    const settings = { systemPrompt: 'Be brief.', sampling: { temperature: 0, maxTokens: 5 }, format };
    const { conversationId } = await app.ask.send(null, 'one', { settings });
    await settledView(app, conversationId);
    await app.ask.send(conversationId, 'two');
    const view = await settledView(app, conversationId);
    expect(scripted.requests[1]).toMatchObject({
      format,
      turns: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'one' },
        { role: 'assistant', content: answerTo('one', 5) },
        { role: 'user', content: 'two' },
      ],
      sampling: { temperature: 0, maxTokens: 5, topP: 0.9 },
    });
    expect(view.branch.at(-1)?.message).toMatchObject({ state: 'complete', finish: 'length' });
  });

  it('stores the text while it is written', async () => {
    const { app, scripted } = openApp(undefined, 400);
    scripted.delayMs = 4;
    const { conversationId } = await app.ask.send(null, 'long');
    await expect
      .poll(async () => {
        const view = await readyView(app, conversationId);
        return view.branch.at(-1)?.message.text.length ?? 0;
      })
      .toBeGreaterThan(0);
    expect(app.ask.live(conversationId).current?.phase).toBe('writing');
    app.ask.stop(conversationId);
    await settledView(app, conversationId);
  });

  it('refuses an empty text, an endless one, and a second question while it answers', async () => {
    const { app, scripted } = openApp(undefined, 200);
    scripted.delayMs = 20;
    await expect(app.ask.send(null, ' \n ')).rejects.toMatchObject({ code: 'app/bad-request' });
    await expect(app.ask.send(null, 'x'.repeat(100_001))).rejects.toMatchObject({ code: 'app/bad-request' });
    const { conversationId } = await app.ask.send(null, 'busy');
    await expect(app.ask.send(conversationId, 'again')).rejects.toMatchObject({ code: 'app/busy' });
    app.ask.stop(conversationId);
    expect((await settledView(app, conversationId)).branch).toHaveLength(2);
    await expect(app.ask.send('unknown-chat', 'hello')).rejects.toMatchObject({ code: 'app/bad-request' });
  });

  it('takes the draft with the question', async () => {
    const { app } = openApp();
    app.chats.saveDraft(null, 'half a tho');
    expect(await app.chats.draft(null)).toBe('half a tho');
    const { conversationId } = await app.ask.send(null, 'half a thought');
    expect(await app.chats.draft(null)).toBe('');
    await settledView(app, conversationId);
    app.chats.saveDraft(conversationId, 'more');
    await app.ask.send(conversationId, 'more');
    await settledView(app, conversationId);
    expect(await app.chats.draft(conversationId)).toBe('');
    app.chats.saveDraft(conversationId, 'kept');
    await expect(app.ask.send(conversationId, '')).rejects.toMatchObject({ code: 'app/bad-request' });
    expect(await app.chats.draft(conversationId)).toBe('kept');
  });

  it('asks for persistent storage after the first complete answer, once', async () => {
    const { app, persistence } = openApp();
    const { conversationId } = await app.ask.send(null, 'first');
    expect(persistence.asked).toBe(0);
    await settledView(app, conversationId);
    await expect.poll(() => persistence.asked).toBe(1);
    await app.ask.send(conversationId, 'second');
    await settledView(app, conversationId);
    await expect.poll(() => app.device.storage.current.persisted).toBe(true);
    expect(persistence.asked).toBe(1);
  });
});

describe('failures', () => {
  it('keeps the text of an answer whose failure came with a driver’s long log', async () => {
    const { app, scripted, profile } = openApp();
    const log = 'error: '.repeat(2_000);
    scripted.failNext(new WeftError('engine/shader', log, { hints: Array.from({ length: 20 }, () => log) }), 4);
    const { conversationId } = await app.ask.send(null, 'long log');
    await settledView(app, conversationId);
    // Another tab reads what was stored; a record that is not valid would be skipped with its text.
    const other = openApp(profile);
    const read = (await readyView(other.app, conversationId)).branch[1]?.message;
    expect(read).toMatchObject({ state: 'failed', text: answerTo('long log', 4), error: { code: 'engine/shader' } });
    expect(other.app.notices.list.current).toEqual([]);
  });

  it('keeps the text of an answer whose figures storage would refuse', async () => {
    const { app, scripted, profile } = openApp();
    const generate = scripted.engine.generate.bind(scripted.engine);
    vi.spyOn(scripted.engine, 'generate').mockImplementation(async function* (...args) {
      for await (const event of generate(...args)) {
        if (event.type !== 'done') yield event;
        else yield { ...event, stats: { ...event.stats, decodeTokensPerSecond: Infinity } };
      }
    });
    const { conversationId } = await app.ask.send(null, 'endless speed');
    await settledView(app, conversationId);
    const read = (await readyView(openApp(profile).app, conversationId)).branch[1]?.message;
    expect(read).toMatchObject({ state: 'complete', text: answerTo('endless speed'), stats: null, commitment: null });
  });

  it('ends an answer that becomes longer than storage reads back', async () => {
    const { app, scripted, profile } = openApp();
    const generate = scripted.engine.generate.bind(scripted.engine);
    vi.spyOn(scripted.engine, 'generate').mockImplementation(async function* (...args) {
      for await (const event of generate(...args)) {
        yield event.type === 'token' ? { ...event, text: ' '.repeat(300_000) } : event;
      }
    });
    const { conversationId } = await app.ask.send(null, 'long tokens');
    await settledView(app, conversationId);
    const read = (await readyView(openApp(profile).app, conversationId)).branch[1]?.message;
    expect(read).toMatchObject({ state: 'complete', finish: 'length', text: ' '.repeat(900_000) });
  });

  it('claims no commitment for an answer that was written in two parts', async () => {
    const { app, scripted } = openApp();
    scripted.failNext(new WeftError('engine/not-loaded', 'The model was unloaded.'), 4);
    const { conversationId } = await app.ask.send(null, 'parts');
    const message = (await settledView(app, conversationId)).branch[1]?.message;
    expect(message).toMatchObject({ state: 'complete', text: answerTo('parts'), commitment: null });
  });

  it('keeps the text and the error, and a retry writes the answer again in place', async () => {
    const { app, scripted } = openApp();
    scripted.failNext(new WeftError('engine/out-of-memory', 'No memory.', { hints: ['Close other tabs.'] }), 4);
    const { conversationId, answerId } = await app.ask.send(null, 'fail');
    const failed = (await settledView(app, conversationId)).branch[1]?.message;
    expect(failed).toMatchObject({
      state: 'failed',
      text: answerTo('fail', 4),
      error: { code: 'engine/out-of-memory', message: 'No memory.', hints: ['Close other tabs.'] },
    });
    expect(app.engine.state.current).toMatchObject({ status: 'failed', error: { code: 'engine/out-of-memory' } });
    await app.ask.retry(answerId);
    const view = await settledView(app, conversationId);
    expect(view.branch).toHaveLength(2);
    expect(view.branch[1]?.message).toMatchObject({
      id: answerId,
      state: 'complete',
      error: null,
      text: answerTo('fail'),
    });
    expect(app.engine.state.current.status).toBe('ready');
  });

  it('loads the model again and goes on where the engine lost it', async () => {
    const { app, scripted } = openApp();
    const { conversationId } = await app.ask.send(null, 'one');
    await settledView(app, conversationId);
    await scripted.engine.unload();
    await app.ask.send(conversationId, 'two');
    const view = await settledView(app, conversationId);
    expect(view.branch[3]?.message).toMatchObject({ state: 'complete', text: answerTo('two') });
    expect(scripted.loads).toHaveLength(2);
  });

  it('joins questions whose answer failed at once, so that turns alternate', async () => {
    const { app, scripted } = openApp();
    await app.engine.load();
    scripted.failNext(new WeftError('engine/shader', 'Bad shader.'), 0);
    const { conversationId } = await app.ask.send(null, 'one');
    await settledView(app, conversationId);
    await app.ask.send(conversationId, 'two');
    await settledView(app, conversationId);
    expect(scripted.requests.at(-1)?.turns.slice(1)).toEqual([{ role: 'user', content: 'one\n\ntwo' }]);
  });
});

describe('branches', () => {
  it('puts another answer beside the first and lets the person choose', async () => {
    const { app } = openApp();
    const { conversationId, answerId } = await app.ask.send(null, 'which');
    await settledView(app, conversationId);
    const second = await app.ask.regenerate(answerId);
    const view = await settledView(app, conversationId);
    expect(view.branch[1]).toMatchObject({ index: 1, siblings: [{ id: answerId }, { id: second.answerId }] });
    await app.chats.selectBranch(answerId);
    const back = await settledView(app, conversationId);
    expect(back.branch[1]).toMatchObject({ message: { id: answerId }, index: 0 });
    expect(back.branch[0]).toBe(view.branch[0]);
  });

  it('hands out an alternative as it is written, also while another one is on screen', async () => {
    const { app } = openApp();
    const { conversationId, answerId } = await app.ask.send(null, 'which');
    await settledView(app, conversationId);
    await app.ask.regenerate(answerId);
    await app.chats.selectBranch(answerId);
    const early = await readyView(app, conversationId);
    expect(early.branch[1]).toMatchObject({ index: 0, siblings: [{ state: 'complete' }, { state: 'writing' }] });
    await vi.waitUntil(() => app.ask.live(conversationId).current === null);
    const late = await settledView(app, conversationId);
    expect(late.branch[1]?.siblings[1]).toMatchObject({ state: 'complete', text: answerTo('which') });
    expect(late.branch[1]?.siblings[0]).toBe(early.branch[1]?.siblings[0]);
  });

  it('puts an answer of another model beside the first, and goes on with the chosen one', async () => {
    const { app, scripted } = openApp();
    const { conversationId, answerId } = await app.ask.send(null, 'compare');
    await settledView(app, conversationId);
    await app.ask.regenerate(answerId, { modelId: 'other' });
    const view = await settledView(app, conversationId);
    expect(view.branch[1]).toMatchObject({ index: 1, message: { modelId: 'other', state: 'complete' } });
    await app.ask.send(conversationId, 'next');
    await settledView(app, conversationId);
    expect(scripted.requests.map(({ model }) => model.id)).toEqual(['guide', 'other', 'guide']);
    expect(app.engine.modelId.current).toBe('guide');
    await expect(app.ask.regenerate(answerId, { modelId: 'gone' })).rejects.toMatchObject({ code: 'model/not-found' });
  });

  it('keeps the old branch when a question is worded anew', async () => {
    const { app } = openApp();
    const { conversationId } = await app.ask.send(null, 'first');
    await settledView(app, conversationId);
    await app.ask.send(conversationId, 'second');
    const before = await settledView(app, conversationId);
    const firstQuestion = before.branch[0]!.message.id;
    await app.ask.edit(firstQuestion, 'first, better');
    const edited = await settledView(app, conversationId);
    expect(textsOf(edited)).toEqual(['first, better', answerTo('first, better')]);
    expect(edited.branch[0]?.siblings).toHaveLength(2);
    expect(edited.conversation.title).toBe('first, better');
    await app.chats.selectBranch(firstQuestion);
    expect(textsOf(await settledView(app, conversationId))).toEqual(textsOf(before));
  });

  it('removes a message with what follows, and puts it back', async () => {
    const { app } = openApp();
    const { conversationId } = await app.ask.send(null, 'first');
    await settledView(app, conversationId);
    await app.ask.send(conversationId, 'second');
    const before = await settledView(app, conversationId);
    const undo = await app.chats.removeMessage(before.branch[2]!.message.id);
    expect(textsOf(await readyView(app, conversationId))).toEqual(['first', answerTo('first')]);
    await undo();
    expect(textsOf(await readyView(app, conversationId))).toEqual(textsOf(before));
  });
});

describe('a full context', () => {
  it('carries a recap of questions and first sentences into a new chat', async () => {
    const { app, scripted } = openApp(undefined, 3);
    const { conversationId } = await app.ask.send(null, 'Alpha?');
    await settledView(app, conversationId);
    const next = await app.ask.newChatWithRecap(conversationId);
    expect(next.title).toBe('Alpha? (continued)');
    await app.ask.send(next.id, 'Go on');
    await settledView(app, next.id);
    const [system] = scripted.requests.at(-1)?.turns ?? [];
    expect(system?.content).toContain('You are a test.');
    expect(system?.content).toContain('Q: Alpha?\nA: Alpha?-0 Alpha?-1 Alpha?-2');
    const third = await app.ask.newChatWithRecap(next.id);
    expect(third.title).toBe('Alpha? (continued)');
    expect(third.settings.systemPrompt?.match(/Recap/gu)).toHaveLength(1);
  });
});
