/**
 * Calls something again and again. Pages that nobody sees have slow timers: there a worker should keep the beat. Returns
 * the way out.
 */
export type Ticker = (everyMs: number, onTick: () => void) => () => void;

export const intervalTicker: Ticker = (everyMs, onTick) => {
  const timer = setInterval(onTick, everyMs);
  return () => clearInterval(timer);
};
