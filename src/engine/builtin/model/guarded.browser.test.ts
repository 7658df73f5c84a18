import { afterAll, beforeAll, expect, test } from 'vitest';
import { WeftError } from '../../../protocol/errors.ts';
import { openDevice } from '../reference/open-device.ts';
import { guarded } from './guarded.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.destroy());

async function failureOf(create: () => unknown): Promise<WeftError> {
  const error = await guarded(device, 'do this', create).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WeftError)) throw new Error(`Expected a WeftError, got ${String(error)}.`);
  return error;
}

test('a call that the device accepts gives its result', async () => {
  const usage = GPUBufferUsage.STORAGE;
  const buffer = await guarded(device, 'do this', () => device.createBuffer({ size: 16, usage }));
  expect(buffer.size).toBe(16);
  buffer.destroy();
});

test('a call beyond the device’s limits is told as such', async () => {
  const size = device.limits.maxBufferSize + 4;
  const error = await failureOf(() => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
  expect(error.code).toBe('engine/limits');
  expect(error.shortMessage).toContain('do this');
});

test('memory that the browser cannot give is told as such', async () => {
  const error = await failureOf(() => {
    throw new RangeError('Array buffer allocation failed');
  });
  expect(error.code).toBe('engine/out-of-memory');
  expect(error.hints.length).toBeGreaterThan(0);
});

test('an error of our own passes through, and the scopes are popped', async () => {
  const own = new WeftError('model/bad-config', 'not this');
  expect(
    await failureOf(() => {
      throw own;
    }),
  ).toBe(own);
  await expect(device.popErrorScope()).rejects.toThrow();
});
