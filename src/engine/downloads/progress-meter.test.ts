import { expect, test } from 'vitest';
import { createProgressMeter } from './progress-meter.ts';
import type { TransferProgress } from './progress-meter.ts';

function open(totalBytes: number) {
  const reports: TransferProgress[] = [];
  let atMs = 0;
  const meter = createProgressMeter(totalBytes, { report: (progress) => reports.push(progress), nowMs: () => atMs });
  return { meter, reports, later: (ms: number) => (atMs += ms) };
}

test('measures speed over the last seconds only, and what is left by it', () => {
  const { meter, reports, later } = open(100_000);
  meter.file('a', 0, 'downloading');
  later(1000);
  meter.file('a', 10_000, 'downloading');
  expect(reports.at(-1)).toMatchObject({ loadedBytes: 10_000, bytesPerSecond: 10_000, secondsLeft: 9 });
  later(20_000);
  meter.flush();
  later(1000);
  meter.file('a', 11_000, 'downloading');
  expect(reports.at(-1)).toMatchObject({ loadedBytes: 11_000, bytesPerSecond: 1000 });
});

test('counts a file that begins again from its beginning, and its bytes in the speed only as they come', () => {
  const { meter, reports, later } = open(1000);
  meter.file('a', 800, 'downloading');
  later(1000);
  meter.file('a', 0, 'retrying');
  expect(reports.at(-1)).toMatchObject({ loadedBytes: 0, phase: 'retrying' });
  later(1000);
  meter.file('a', 200, 'downloading');
  expect(reports.at(-1)).toMatchObject({ loadedBytes: 200, bytesPerSecond: 100, phase: 'downloading' });
});

test('reports a few times a second, however often it is told', () => {
  const { meter, reports, later } = open(1000);
  for (let bytes = 0; bytes < 1000; bytes++) {
    later(1);
    meter.file('a', bytes, 'downloading');
  }
  expect(reports.length).toBeLessThanOrEqual(4);
});

test('what was stored already does not count as speed', () => {
  const { meter, reports, later } = open(1000);
  meter.flush();
  later(1000);
  meter.done('a', 900);
  expect(reports.at(-1)).toMatchObject({ loadedBytes: 900, bytesPerSecond: 0, secondsLeft: null });
});

test('a total that was estimated too small never is below what is here', () => {
  const { meter, reports } = open(100);
  meter.done('a', 900);
  expect(reports.at(-1)).toMatchObject({ loadedBytes: 900, totalBytes: 900 });
});
