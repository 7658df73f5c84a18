import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { pageMessageSchema } from './local-messages.ts';
import type { PageMessage, WorkerMessage } from './local-messages.ts';

export interface ConverseInit {
  readonly pingEveryMs: number;
  /** Pings without a word before the tab counts as gone. */
  readonly maxMissed: number;
}

type Answer = Exclude<PageMessage, { t: 'here' | 'not-here' | 'pong' }>;

/** The service worker's end of one request: each message that is sent has one answer. */
export interface Conversation {
  /** Throws gateway/no-page where the tab is gone. */
  ask(message: Extract<WorkerMessage, { t: 'request' | 'pull' }>, transfer?: Transferable[]): Promise<Answer>;
  /** Nobody waits any more; the tab stops its work. Afterwards `ask` throws. */
  cancel(): void;
}

/** Follows a tab while it is waited for: it may be closed, or its process end, without a word. */
export function converse(port: MessagePort, { pingEveryMs, maxMissed }: ConverseInit): Conversation {
  let waiting: PromiseWithResolvers<Answer> | null = null;
  let missed = 0;
  let gone: WeftError | null = null;
  const post = (message: WorkerMessage, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  const end = (reason: WeftError) => {
    if (gone !== null) return;
    gone = reason;
    clearInterval(timer);
    port.close();
    waiting?.reject(reason);
    waiting = null;
  };
  const timer = setInterval(() => {
    if (waiting === null) return;
    if (missed++ >= maxMissed) end(tabGone());
    else post({ t: 'ping' });
  }, pingEveryMs);

  port.onmessage = ({ data }) => {
    const parsed = v.safeParse(pageMessageSchema, data);
    if (!parsed.success) {
      end(tabGone());
      return;
    }
    missed = 0;
    const message = parsed.output;
    if (message.t === 'pong' || message.t === 'here' || message.t === 'not-here') return;
    waiting?.resolve(message);
    waiting = null;
    if (message.t === 'end' || message.t === 'broken') end(tabGone());
  };
  // Not in every browser; the pings find out in the others.
  port.addEventListener('close', () => end(tabGone()));

  return {
    ask(message, transfer) {
      if (gone !== null) return Promise.reject(gone);
      waiting = Promise.withResolvers<Answer>();
      missed = 0;
      post(message, transfer);
      return waiting.promise;
    },
    cancel() {
      if (gone !== null) return;
      post({ t: 'cancel' });
      end(tabGone());
    },
  };
}

function tabGone(): WeftError {
  return new WeftError('gateway/no-page', 'The tab that was answering has been closed.', {
    hints: ['Ask again: another tab of Weft answers where one is open.'],
    retryable: true,
  });
}
