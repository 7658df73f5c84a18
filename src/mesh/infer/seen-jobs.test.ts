import { expect, it } from 'vitest';
import { address, hex32 } from '../../protocol/ids.ts';
import { MAX_CONSUMERS, MAX_JOBS_PER_CONSUMER } from './constants.ts';
import { createSeenJobs } from './seen-jobs.ts';

const job = (number: number) => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return hex32(bytes);
};
const consumer = (number: number) => address(Uint8Array.from({ length: 20 }, (_, at) => (number >> (8 * at)) & 0xff));

it('takes a job once', () => {
  const seen = createSeenJobs();
  expect(seen.claim(consumer(1), job(1), 100, 50)).toBe('new');
  expect(seen.claim(consumer(1), job(1), 100, 50)).toBe('seen');
  expect(seen.claim(consumer(1), job(2), 100, 50)).toBe('new');
});

it('has room for so many orders of one consumer until they expire, whatever others do', () => {
  const seen = createSeenJobs();
  for (let at = 0; at < MAX_JOBS_PER_CONSUMER; at++) seen.claim(consumer(1), job(at), 100, 50);
  expect(seen.claim(consumer(1), job(9_999), 200, 100)).toBe('no-room');
  expect(seen.claim(consumer(2), job(9_999), 200, 100)).toBe('new');
  expect(seen.claim(consumer(1), job(9_999), 200, 101)).toBe('new');
});

it('forgets who has not come for longest where there are too many', () => {
  const seen = createSeenJobs();
  for (let at = 0; at < MAX_CONSUMERS; at++) seen.claim(consumer(at), job(at), 100, 50);
  expect(seen.claim(consumer(0), job(7_000), 100, 50)).toBe('new');
  seen.claim(consumer(5_000), job(5_000), 100, 50);
  expect(seen.claim(consumer(0), job(0), 100, 50)).toBe('seen');
  expect(seen.claim(consumer(1), job(1), 100, 50)).toBe('new');
});
