import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromiumArguments, findChromium } from '../tools/chromium.ts';
import { expect } from './weft.fixture.ts';

/** One tab of a {@link PlainBrowser}. */
export interface PlainTab {
  /** Runs the function in the page, with plain values for arguments. */
  evaluate<Result, Values extends readonly unknown[]>(
    run: (...values: Values) => Result,
    ...values: Values
  ): Promise<Awaited<Result>>;
  /** Clicks the button once it is there and enabled. */
  click(label: RegExp): Promise<void>;
  /** Waits until the page's text says so. */
  shows(text: RegExp): Promise<void>;
  /** Puts the tab before the others of its window, which are hidden by it. */
  activate(): Promise<void>;
  /** A command of the DevTools protocol for this page. */
  send(method: string, params: object): Promise<unknown>;
}

/**
 * A browser as a person has it. Playwright shows every page to itself as visible and keeps its storage in memory, so that
 * hidden tabs and a full disk are to be had only without it.
 */
export interface PlainBrowser {
  open(url: string): Promise<PlainTab>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** How long a page may take for anything that is waited for. */
const PATIENCE_MS = 60_000;

export async function startPlainBrowser(): Promise<PlainBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'weft-profile-'));
  const flags = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
  const child = spawn(findChromium().path, [...chromiumArguments(), ...flags, 'about:blank'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const [port, path] = await devToolsAddress(profile);
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  await once(socket, 'open');

  let lastId = 0;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Answer;
    if (id === undefined) return;
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error.message));
    waiting.delete(id);
  });
  const send = <Result>(method: string, params: object, sessionId?: string): Promise<Result> => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(++lastId, answer);
    socket.send(JSON.stringify({ id: lastId, method, params, sessionId }));
    return answer.promise as Promise<Result>;
  };

  return {
    async open(url) {
      const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url });
      const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
      const evaluate: PlainTab['evaluate'] = async (run, ...values) => {
        const expression = `(${run.toString()})(...${JSON.stringify(values)})`;
        const { result, exceptionDetails } = await send<{
          result: { value?: unknown };
          exceptionDetails?: { text: string };
        }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId);
        if (exceptionDetails !== undefined) throw new Error(`In the page: ${exceptionDetails.text}`);
        return result.value as never;
      };
      // Until then it is an empty page, or none that a function can run in.
      const place = () => evaluate(() => (document.readyState === 'complete' ? location.href : '')).catch(() => '');
      await expect.poll(place, { timeout: PATIENCE_MS }).toBe(new URL(url).href);
      return {
        evaluate,
        async click(label) {
          const isClicked = () =>
            evaluate((source) => {
              const names = new RegExp(source, 'u');
              const nameOf = (one: HTMLButtonElement) => one.ariaLabel ?? one.innerText.trim();
              const found = [...document.querySelectorAll('button')].find(
                (one) => !one.disabled && names.test(nameOf(one)),
              );
              found?.click();
              return found !== undefined;
            }, label.source);
          await expect.poll(isClicked, { timeout: PATIENCE_MS }).toBe(true);
        },
        async shows(text) {
          await expect
            .poll(() => evaluate(() => document.querySelector('body')?.innerText ?? ''), { timeout: PATIENCE_MS })
            .toMatch(text);
        },
        async activate() {
          await send('Target.activateTarget', { targetId });
        },
        send: (method, params) => send(method, params, sessionId),
      };
    },
    async close() {
      socket.close();
      child.kill();
      await exited;
      await rm(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Chromium writes down where it listens. */
async function devToolsAddress(profile: string): Promise<readonly [port: string, path: string]> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (Date.now() < deadlineMs) {
    await wait(50);
    const text = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const [port, path] = text.split('\n');
    if (port !== undefined && path !== undefined) return [port, path];
  }
  throw new Error('Chromium did not say where it listens.');
}
