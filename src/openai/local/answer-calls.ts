import * as v from 'valibot';
import type { OpenAiHandler } from '../handler.ts';
import { LOCAL_CALL, MAX_CHUNK_BYTES, workerMessageSchema } from './local-messages.ts';
import type { PageMessage, WorkerMessage } from './local-messages.ts';

export interface AnswerCallsInit {
  /** Of this page. */
  readonly origin: string;
}

export interface AnswerCallsDeps {
  /** `navigator.serviceWorker`. */
  readonly worker: Pick<ServiceWorkerContainer, 'addEventListener' | 'removeEventListener' | 'startMessages'>;
  readonly leads: () => boolean;
  readonly handle: OpenAiHandler;
}

/** Requests that this tab has under way. */
const MAX_CALLS = 16;

/** Answers what the service worker passes on, while this tab leads. Returns the way out. */
export function answerCalls(init: AnswerCallsInit, deps: AnswerCallsDeps): () => void {
  const open = new Set<() => void>();
  const listen = ({ data, ports }: MessageEvent) => {
    const [port] = ports;
    if (data !== LOCAL_CALL || port === undefined) return;
    if (!deps.leads() || open.size >= MAX_CALLS) {
      port.postMessage({ t: 'not-here' } satisfies PageMessage);
      port.close();
      return;
    }
    const stop = answerCall(port, init, deps.handle, () => open.delete(stop));
    open.add(stop);
  };
  deps.worker.addEventListener('message', listen);
  deps.worker.startMessages();
  return () => {
    deps.worker.removeEventListener('message', listen);
    for (const stop of [...open]) stop();
  };
}

function answerCall(
  port: MessagePort,
  { origin }: AnswerCallsInit,
  handle: OpenAiHandler,
  onOver: () => void,
): () => void {
  const controller = new AbortController();
  const say = (message: PageMessage, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** What of a chunk that was too long is left. */
  let rest: Uint8Array = new Uint8Array();
  let isOver = false;
  let isBegun = false;

  const end = (last?: PageMessage) => {
    if (isOver) return;
    isOver = true;
    if (last !== undefined) say(last);
    port.close();
    controller.abort(new DOMException('Nobody waits for this answer any more.', 'AbortError'));
    // How the end of what nobody reads goes changes nothing.
    reader?.cancel().catch(() => undefined);
    onOver();
  };

  const begin = async ({ method, path, contentType, body }: Extract<WorkerMessage, { t: 'request' }>) => {
    const request = new Request(new URL(path, origin), {
      method,
      headers: contentType === null ? {} : { 'content-type': contentType },
      ...(body === null ? {} : { body }),
      signal: controller.signal,
    });
    const response = await handle(request, null);
    if (isOver) return;
    reader = response.body?.getReader() ?? null;
    say({ t: 'head', status: response.status, headers: [...response.headers] });
  };

  const pull = async () => {
    if (rest.length === 0) {
      const part = await reader?.read();
      if (part === undefined || part.done) {
        end({ t: 'end' });
        return;
      }
      rest = part.value;
    }
    const bytes = Uint8Array.from(rest.subarray(0, MAX_CHUNK_BYTES)).buffer;
    rest = rest.subarray(MAX_CHUNK_BYTES);
    if (!isOver) say({ t: 'chunk', bytes }, [bytes]);
  };

  /** One after the other: whoever pulls faster than there is something waits. */
  let turn: Promise<void> = Promise.resolve();
  port.onmessage = ({ data }) => {
    const parsed = v.safeParse(workerMessageSchema, data);
    if (!parsed.success) {
      end();
      return;
    }
    const message = parsed.output;
    switch (message.t) {
      case 'ping':
        say({ t: 'pong' });
        return;
      case 'cancel':
        end();
        return;
      case 'request':
        if (isBegun) end();
        else turn = begin(message).catch(() => end({ t: 'broken' }));
        isBegun = true;
        return;
      case 'pull':
        turn = turn.then(pull).catch(() => end({ t: 'broken' }));
        return;
      default:
        message satisfies never;
    }
  };
  port.addEventListener('close', () => end());
  say({ t: 'here' });
  return () => end({ t: 'broken' });
}
