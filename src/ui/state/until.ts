import type { Live } from '../../node/live.ts';

/** Resolves to the first value, the present one included, that is right. */
export function until<T>(live: Live<T>, isRight: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    let isOver = false;
    const leave = live.subscribe((value) => {
      if (isOver || !isRight(value)) return;
      isOver = true;
      resolve(value);
      // Later, because the first call comes before there is a way out.
      queueMicrotask(() => leave());
    });
  });
}
