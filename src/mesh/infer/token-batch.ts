import { BATCH_MS, MAX_BATCH_CHARS, MAX_BATCH_TOKENS, MAX_TOKEN_CHARS } from './constants.ts';

interface TokensMessage {
  readonly t: 'tokens';
  readonly from: number;
  readonly ids: readonly number[];
  readonly texts: readonly string[];
}

/** Tokens of one answer on their way out: the first at once, later ones together where they come close on one another. */
export interface TokenBatch {
  add(id: number, text: string): Promise<void>;
  /** Sends what waits. */
  flush(): Promise<void>;
  stop(): void;
}

export function createTokenBatch(deps: {
  readonly send: (message: TokensMessage) => Promise<void>;
  readonly nowMs: () => number;
}): TokenBatch {
  let ids: number[] = [];
  let texts: string[] = [];
  let chars = 0;
  let from = 0;
  let sentAtMs = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (ids.length === 0) return;
    const message: TokensMessage = { t: 'tokens', from, ids, texts };
    from += ids.length;
    ids = [];
    texts = [];
    chars = 0;
    sentAtMs = deps.nowMs();
    await deps.send(message);
  };

  return {
    async add(id, text) {
      ids.push(id);
      texts.push(text.slice(0, MAX_TOKEN_CHARS));
      chars += text.length;
      const isDue = deps.nowMs() - sentAtMs >= BATCH_MS;
      if (isDue || ids.length >= MAX_BATCH_TOKENS || chars >= MAX_BATCH_CHARS) {
        await flush();
        return;
      }
      // Most often the next token is sooner: timers of pages that nobody sees are slow.
      timer ??= setTimeout(() => void flush().catch(() => undefined), BATCH_MS);
    },
    flush,
    stop: () => clearTimeout(timer),
  };
}
