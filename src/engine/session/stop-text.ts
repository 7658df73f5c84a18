/** Watches a text that grows for the first of several stops. */
export interface StopText {
  /** The part that may be shown now, and whether a stop was reached; text from the stop on is never shown. */
  readonly push: (text: string) => { readonly text: string; readonly isStopped: boolean };
  /** What was held back because it could have become a stop. */
  readonly flush: () => string;
}

/** Holds back as much of the end as could still become a stop, and no more. */
export function createStopText(stops: readonly string[]): StopText {
  const wanted = stops.filter((stop) => stop !== '');
  const longest = Math.max(0, ...wanted.map((stop) => stop.length));
  let held = '';
  return {
    push(text) {
      held += text;
      let at = -1;
      for (const stop of wanted) {
        const found = held.indexOf(stop);
        if (found !== -1 && (at === -1 || found < at)) at = found;
      }
      if (at !== -1) {
        const shown = held.slice(0, at);
        held = '';
        return { text: shown, isStopped: true };
      }
      let keep = 0;
      for (let length = Math.min(longest - 1, held.length); length > 0 && keep === 0; length--) {
        const end = held.slice(-length);
        if (wanted.some((stop) => stop.startsWith(end))) keep = length;
      }
      const shown = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: shown, isStopped: false };
    },
    flush() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}
