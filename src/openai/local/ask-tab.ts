import { WeftError } from '../../protocol/errors.ts';
import { MAX_BODY_BYTES } from '../constants.ts';
import { errorResponse } from '../error-answer.ts';
import { RequestError } from '../request-error.ts';
import { converse } from './converse.ts';
import type { Conversation } from './converse.ts';
import { findLeader } from './find-leader.ts';
import type { Tab } from './find-leader.ts';

export interface AskTabInit {
  /** For a tab that leads to say so; a hidden one may take a while. Default 3 s. */
  readonly findWithinMs?: number;
  /** How often a tab that says nothing is asked whether it is there. Default 5 s. */
  readonly pingEveryMs?: number;
}

export interface AskTabDeps {
  /** All tabs of this origin. */
  readonly tabs: () => Promise<readonly Tab[]>;
}

/** Answers a request by the tab that leads. Never rejects. `over` settles when nothing of it is under way any more. */
export type AskTab = (request: Request) => { readonly response: Promise<Response>; readonly over: Promise<void> };

/** Tabs that are asked, and requests under way. */
const MAX_TABS = 32;
const MAX_CALLS = 16;
const FIND_WITHIN_MS = 3_000;
const PING_EVERY_MS = 5_000;
const MAX_MISSED = 4;

/**
 * The service worker's part of the endpoint within this browser: it finds the tab that leads, hands it the request, and
 * passes the answer on chunk by chunk, as fast as the client reads.
 */
export function createAskTab(init: AskTabInit, deps: AskTabDeps): AskTab {
  let calls = 0;

  const ask = async (request: Request, onOver: () => void): Promise<Response> => {
    if (calls > MAX_CALLS) {
      throw new WeftError('infer/busy', 'This browser has as many requests under way as it takes.');
    }
    // A link or a form of another site comes as a navigation; a page of this origin asks with fetch.
    if (request.mode === 'navigate') {
      throw new RequestError('This endpoint answers pages of this origin, not the address bar.', { status: 403 });
    }
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    const body = hasBody ? await request.arrayBuffer() : null;
    if (body !== null && body.byteLength > MAX_BODY_BYTES) {
      throw new RequestError(`A request has at most ${MAX_BODY_BYTES} bytes.`, { status: 413 });
    }
    const port = await findLeader((await deps.tabs()).slice(0, MAX_TABS), init.findWithinMs ?? FIND_WITHIN_MS);
    const tab = converse(port, { pingEveryMs: init.pingEveryMs ?? PING_EVERY_MS, maxMissed: MAX_MISSED });
    const leave = () => tab.cancel();
    request.signal.addEventListener('abort', leave, { once: true });
    const { pathname, search } = new URL(request.url);
    const head = await tab.ask(
      {
        t: 'request',
        method: request.method,
        path: pathname + search,
        contentType: request.headers.get('content-type'),
        body,
      },
      body === null ? [] : [body],
    );
    if (head.t !== 'head') throw brokenOff();
    return new Response(bodyOf(tab, onOver), { status: head.status, headers: new Headers(head.headers) });
  };

  return (request) => {
    const over = Promise.withResolvers<undefined>();
    calls++;
    const onOver = () => over.resolve(undefined);
    return {
      response: ask(request, onOver).catch((error: unknown) => {
        onOver();
        return errorResponse(error);
      }),
      over: over.promise.then(() => {
        calls--;
      }),
    };
  };
}

/** One chunk for each time the client has read one. */
function bodyOf(tab: Conversation, onOver: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const message = await tab.ask({ t: 'pull' });
          if (message.t === 'chunk') {
            controller.enqueue(new Uint8Array(message.bytes));
            return;
          }
          if (message.t !== 'end') throw brokenOff();
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        onOver();
      },
      cancel() {
        tab.cancel();
        onOver();
      },
    },
    { highWaterMark: 0 },
  );
}

function brokenOff(): WeftError {
  return new WeftError('mesh/peer-lost', 'The answer broke off before its end.', { hints: ['Ask again.'] });
}
