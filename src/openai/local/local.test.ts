import { afterEach, describe, expect, test } from 'vitest';
import { createOpenAiHandler } from '../handler.ts';
import { createScriptedBackend } from '../scripted-backend.fixture.ts';
import { answerCalls } from './answer-calls.ts';
import { createAskTab } from './ask-tab.ts';
import type { Tab } from './find-leader.ts';

const ORIGIN = 'https://weft.example';
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A tab as the service worker sees it; whether it leads can change. */
function openTab(init: { leads: boolean }) {
  const backend = createScriptedBackend();
  const target = new EventTarget();
  const handle = createOpenAiHandler(
    { basePath: '/local/v1' },
    {
      backend,
      authorize: () => ({ key: null, tokensLeft: null, spend: () => undefined }),
      onError: (error) => console.error(error),
      nowMs: Date.now,
    },
  );
  const stop = answerCalls(
    { origin: ORIGIN },
    {
      worker: {
        addEventListener: target.addEventListener.bind(target) as ServiceWorkerContainer['addEventListener'],
        removeEventListener: target.removeEventListener.bind(target) as ServiceWorkerContainer['removeEventListener'],
        startMessages: () => undefined,
      },
      leads: () => init.leads,
      handle,
    },
  );
  stops.push(stop);
  const tab: Tab = {
    postMessage: (data, transfer) =>
      void target.dispatchEvent(Object.assign(new Event('message'), { data: structuredClone(data), ports: transfer })),
  };
  return { tab, backend, stop };
}

const silent: Tab = { postMessage: () => undefined };
const askerOf = (tabs: readonly Tab[]) =>
  createAskTab({ findWithinMs: 200, pingEveryMs: 50 }, { tabs: () => Promise.resolve(tabs) });
const chat = (content: string, part: object = {}) =>
  new Request(`${ORIGIN}/local/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'parrot', messages: [{ role: 'user', content }], ...part }),
  });

describe('requests that the service worker passes on', () => {
  test('are answered by the tab that leads, whichever it is', async () => {
    const follower = openTab({ leads: false });
    const leader = openTab({ leads: true });
    const { response, over } = askerOf([silent, follower.tab, leader.tab])(chat('one two'));
    const answer = await response;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'one two ' } }] });
    expect(follower.backend.asked).toHaveLength(0);
    await over;
  });

  test('come back piece by piece, as they are read', async () => {
    const leader = openTab({ leads: true });
    const answer = await askerOf([leader.tab])(chat('forever', { stream: true })).response;
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('"content":"on "')) text += (await reader.read()).value ?? '';
    expect(leader.backend.stopped).toBe(0);
    await reader.cancel();
    await expect.poll(() => leader.backend.stopped).toBe(1);
  });

  test('keep their errors', async () => {
    const answer = await askerOf([openTab({ leads: true }).tab])(chat('hi', { n: 3 })).response;
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: 'n' } });
  });

  test.each([
    ['no tab is open', () => []],
    ['no tab leads', () => [openTab({ leads: false }).tab]],
    ['no tab answers', () => [silent]],
  ])('say so where %s', async (_case, tabs) => {
    const { response, over } = askerOf(tabs())(chat('hi'));
    const answer = await response;
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'gateway/no-page' } });
    await over;
  });

  test('break off where the tab is closed, and another may be asked', async () => {
    const leader = openTab({ leads: true });
    const ask = askerOf([leader.tab]);
    const first = ask(chat('forever', { stream: true }));
    const reader = (await first.response).body!.getReader();
    await reader.read();
    leader.stop();
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toMatchObject({ code: 'mesh/peer-lost' });
    await first.over;
  });

  test('break off where the tab falls silent', async () => {
    // Its process is gone, and nobody says so.
    const deaf: Tab = {
      postMessage: (_data, [port]) => (port as MessagePort).postMessage({ t: 'here' }),
    };
    const { response, over } = askerOf([deaf])(chat('hi'));
    expect(await (await response).json()).toMatchObject({ error: { code: 'gateway/no-page' } });
    await over;
  });

  test('are bounded', async () => {
    const leader = openTab({ leads: true });
    const ask = askerOf([leader.tab]);
    const open = Array.from({ length: 16 }, () => ask(chat('wait', { stream: true })));
    await expect.poll(() => leader.backend.asked.length).toBe(16);
    expect((await ask(chat('hi')).response).status).toBe(503);
    leader.stop();
    await Promise.all(open.map(({ over }) => over));
    expect(await Promise.all(open.map(async ({ response }) => (await response).status))).toEqual(open.map(() => 502));
  });

  test('of the address bar or of a form of another site are refused', async () => {
    const leader = openTab({ leads: true });
    const request = chat('hi');
    Object.defineProperty(request, 'mode', { value: 'navigate' });
    expect((await askerOf([leader.tab])(request).response).status).toBe(403);
    expect(leader.backend.asked).toHaveLength(0);
  });
});
