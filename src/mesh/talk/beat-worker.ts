/** Says its number again and again, to be let go with the worker itself. */
const timers = new Map<number, ReturnType<typeof setInterval>>();

interface BeatOrder {
  readonly id: number;
  /** Null: no more. */
  readonly everyMs: number | null;
}

addEventListener('message', ({ data }: MessageEvent<BeatOrder>) => {
  const { id, everyMs } = data;
  clearInterval(timers.get(id));
  timers.delete(id);
  if (everyMs !== null)
    timers.set(
      id,
      setInterval(() => postMessage(id), everyMs),
    );
});
