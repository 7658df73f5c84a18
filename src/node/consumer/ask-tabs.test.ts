import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it } from 'vitest';
import { readyView, settledView, textsOf } from '../app.fixture.ts';
import type { LiveAnswer } from '../app.ts';
import { answerTo } from '../engine.fixture.ts';
import { closeApps, openApp, untilToken } from './ask.fixture.ts';

afterEach(closeApps);

describe('after a crash', () => {
  it('closes the answer as interrupted with its text, which can go on', async () => {
    const { app, tab, profile, scripted } = openApp(undefined, 200);
    scripted.delayMs = 10;
    const { conversationId, answerId } = await app.ask.send(null, 'crash');
    await untilToken(app, conversationId, 5);
    await expect
      .poll(async () => (await readyView(app, conversationId)).branch.at(-1)?.message.text.length ?? 0)
      .toBeGreaterThan(0);
    tab.crash();

    const next = openApp(profile, 200);
    await next.app.started;
    const view = await settledView(next.app, conversationId);
    expect(view.branch[1]?.message).toMatchObject({ id: answerId, state: 'interrupted' });
    expect(view.branch[1]?.message.text).not.toBe('');
    await next.app.ask.continueAnswer(answerId);
    expect((await settledView(next.app, conversationId)).branch[1]?.message).toMatchObject({
      state: 'complete',
      text: answerTo('crash', 200),
    });
  });

  it('leaves a living answer of another tab alone, and closes it when that tab goes', async () => {
    const { app, tab, profile, scripted } = openApp(undefined, 2_000);
    scripted.delayMs = 20;
    const { conversationId } = await app.ask.send(null, 'alive');
    await untilToken(app, conversationId, 3);
    const other = openApp(profile);
    await other.app.started;
    expect((await readyView(other.app, conversationId)).branch[1]?.message.state).toBe('writing');
    await expect(other.app.ask.send(conversationId, 'me too')).rejects.toMatchObject({ code: 'app/busy' });
    tab.crash();
    await expect
      .poll(async () => (await readyView(other.app, conversationId)).branch[1]?.message.state)
      .toBe('interrupted');
  });
});

describe('two tabs', () => {
  it('tell that the one that leads is silent', async () => {
    const { app: first, tab, profile } = openApp(undefined, 400);
    await first.engine.load();
    const second = openApp(profile, 400);
    await expect.poll(() => second.app.engine.state.current.role).toBe('follower');
    const { conversationId } = await second.app.ask.send(null, 'silence');
    await untilToken(second.app, conversationId, 1);
    expect(second.app.engine.state.current.isLeaderSilent).toBe(false);
    tab.freeze();
    await expect.poll(() => second.app.engine.state.current.isLeaderSilent, { timeout: 4_000 }).toBe(true);
  });

  it('answer a follower’s question through the leader and go on when the leader crashes', async () => {
    const { app: first, tab, profile, scripted } = openApp(undefined, 80);
    scripted.delayMs = 20;
    await first.engine.load();
    const second = openApp(profile, 80);
    await expect.poll(() => second.app.engine.state.current.role).toBe('follower');
    const { conversationId } = await second.app.ask.send(null, 'carried');
    await untilToken(second.app, conversationId, 10);
    tab.crash();
    const view = await settledView(second.app, conversationId);
    expect(view.branch[1]?.message).toMatchObject({ state: 'complete', text: answerTo('carried', 80) });
    expect(second.app.engine.state.current).toMatchObject({ role: 'leader', status: 'ready' });
  });

  it.each([2, 3])('of %i show that the model is loaded again when the leader goes, then go on', async (count) => {
    const { app: first, tab, profile, scripted } = openApp(undefined, 80);
    scripted.delayMs = 20;
    await first.engine.load();
    const others = Array.from({ length: count - 1 }, () => openApp(profile, 80));
    for (const { app } of others) await expect.poll(() => app.engine.state.current.role).toBe('follower');
    // The last in line for the lead: with three tabs it follows another one afterwards.
    const { app } = others.at(-1)!;
    const { conversationId } = await app.ask.send(null, 'moved');
    await untilToken(app, conversationId, 10);
    const seen: LiveAnswer[] = [];
    app.ask.live(conversationId).subscribe((live) => {
      if (live !== null && (seen.at(-1)?.phase !== live.phase || live.phase === 'loading')) seen.push(live);
    });
    tab.crash();
    const view = await settledView(app, conversationId);
    expect(textsOf(view)).toEqual(['moved', answerTo('moved', 80)]);
    expect(app.engine.state.current.role).toBe(count === 2 ? 'leader' : 'follower');
    const phases = seen.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1]);
    expect(phases).toEqual(['writing', 'loading', 'reading', 'writing']);
    expect(seen.filter(({ phase }) => phase === 'loading').map(({ load }) => load?.ratio)).toContain(0.5);
    // A load that is over is not shown any more, and the text never goes back.
    expect(seen.filter(({ phase, load }) => phase !== 'loading' && load !== null)).toEqual([]);
    expect(seen.every(({ text }, at) => text.startsWith(seen[at - 1]?.text ?? ''))).toBe(true);
  });

  it('do not hold up each other’s next question, however slow the tab that looks on', async () => {
    const { app, profile } = openApp();
    const slow = openApp(profile);
    await slow.app.started;
    const { locks } = slow.tab;
    const request = locks.request.bind(locks);
    let granted = 0;
    // The browser gives that tab a lock it waited for, but its page has no time to give it back.
    locks.request = (...args: unknown[]) => {
      if (String(args[0]).startsWith('weft-answer')) {
        args[args.length - 1] = () => {
          granted++;
          return new Promise(() => undefined);
        };
      }
      return (request as (...given: unknown[]) => Promise<never>)(...args);
    };
    const { conversationId } = await app.ask.send(null, 'first');
    await settledView(app, conversationId);
    await expect.poll(() => granted).toBe(1);
    await app.ask.send(conversationId, 'second');
    expect((await settledView(app, conversationId)).branch).toHaveLength(4);
    slow.tab.crash();
  });

  it('show each other’s chats as they change', async () => {
    const { app: first, profile } = openApp();
    const second = openApp(profile).app;
    const { conversationId } = await first.ask.send(null, 'shared');
    await settledView(first, conversationId);
    await expect.poll(() => second.chats.list.current.chats.map(({ title }) => title)).toEqual(['shared']);
    expect(textsOf(await settledView(second, conversationId))).toEqual(['shared', answerTo('shared')]);
    await second.chats.rename(conversationId, 'Named there');
    await expect.poll(() => first.chats.list.current.chats[0]?.title).toBe('Named there');
    await first.chats.remove(conversationId);
    await expect.poll(() => second.chats.view(conversationId).current.status).toBe('missing');
    expect(second.chats.list.current.chats).toEqual([]);
  });
});
