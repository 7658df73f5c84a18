import { expect, it } from 'vitest';
import { createWorkerTicker } from './worker-ticker.ts';

it('beats for several, each until it is let go', async () => {
  const { ticker, stop } = createWorkerTicker();
  const beats = { quick: 0, slow: 0 };
  const stopQuick = ticker(5, () => beats.quick++);
  ticker(20, () => beats.slow++);
  await expect.poll(() => beats.slow).toBeGreaterThan(2);
  expect(beats.quick).toBeGreaterThan(2);
  stopQuick();
  // What the worker had said before it heard is told to nobody.
  const { quick, slow } = beats;
  await expect.poll(() => beats.slow).toBeGreaterThan(slow + 2);
  expect(beats.quick).toBe(quick);
  stop();
});
