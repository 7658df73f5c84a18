/** Counts what a GPU gets done, so that somebody outside can tell one that is slow from one that never answers. */
export interface StepCounter {
  /** Steps done so far; null while none is waited for. */
  readonly progress: () => number | null;
  /** A part of what is waited for is done. */
  readonly step: () => void;
  /** Waited for until it settles, which is a step, too. Returns the same promise. */
  readonly during: <Work extends Promise<unknown>>(work: Work) => Work;
}

export function createStepCounter(): StepCounter {
  let done = 0;
  let waiting = 0;
  const step = () => {
    done++;
  };
  return {
    progress: () => (waiting === 0 ? null : done),
    step,
    during(work) {
      waiting++;
      const settled = () => {
        waiting--;
        step();
      };
      // Beside the caller's own way, which gets no longer by it.
      work.then(settled, settled);
      return work;
    },
  };
}
