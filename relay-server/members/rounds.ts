interface Round {
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

/** Runs each now and again, one after the other, until `stop`, which waits for what is under way. */
export function startRounds(rounds: readonly Round[]): { stop(): Promise<void> } {
  let last = Promise.resolve();
  let isStopped = false;
  const timers = rounds.map(({ everyMs, run }) => {
    let isWaiting = false;
    const timer = setInterval(() => {
      // A slow database is not asked the same thing twice.
      if (isWaiting) return;
      isWaiting = true;
      last = last.then(async () => {
        try {
          if (!isStopped) await run();
        } catch {
          // The database is silent; the next round comes, and requests meanwhile say so themselves.
        } finally {
          isWaiting = false;
        }
      });
    }, everyMs);
    timer.unref();
    return timer;
  });
  return {
    stop() {
      isStopped = true;
      for (const timer of timers) clearInterval(timer);
      return last;
    },
  };
}
