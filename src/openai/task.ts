import { WeftError } from '../protocol/errors.ts';
import type { Access } from './backend.ts';

/** One request under way, from its admission to its last byte. */
export interface Task {
  /** Aborts when the client is gone, or when the answer takes too long. */
  readonly signal: AbortSignal;
  /** Nobody waits any more. */
  abort(reason: unknown): void;
  /** Once, however it ended. */
  end(tokens: number): Promise<void>;
}

export interface TaskInit {
  readonly client: AbortSignal;
  readonly timeoutMs: number;
  /** Called once, when it is over. */
  readonly onEnd: () => void;
}

export function startTask(access: Access, { client, timeoutMs, onEnd }: TaskInit): Task {
  const controller = new AbortController();
  const leave = () => controller.abort(client.reason);
  client.addEventListener('abort', leave, { once: true });
  if (client.aborted) leave();
  const timer = setTimeout(() => {
    const minutes = Math.round(timeoutMs / 60_000);
    controller.abort(
      new WeftError('gateway/timeout', `The answer was not there after ${minutes} minutes and was stopped.`, {
        hints: ['Ask for fewer tokens.'],
      }),
    );
  }, timeoutMs);
  let isOver = false;
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    async end(tokens) {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      client.removeEventListener('abort', leave);
      onEnd();
      await access.spend(tokens);
    },
  };
}
