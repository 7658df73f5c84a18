import { describe, expect, test } from 'vitest';
import { createLog } from './log.ts';
import type { LogInit } from './log.ts';

function record(init: Partial<LogInit> = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', isForPeople: false, ...init }, { write: (line) => lines.push(line) });
  return { log, lines };
}

describe('the log', () => {
  test('is one JSON object in each line, with its level, time and event', () => {
    const { log, lines } = record();
    log.info('listening', { port: 8080 });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'listening', port: 8080 });
    expect((JSON.parse(lines[0] ?? '') as { time: string }).time).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test('says no more than it was asked to', () => {
    const { log, lines } = record({ level: 'warn' });
    log.info('listening');
    log.warn('slow');
    expect(lines).toHaveLength(1);
    const silent = record({ level: 'silent' });
    silent.log.error('broken');
    expect(silent.lines).toEqual([]);
  });

  test('is a plain line for a person', () => {
    const { log, lines } = record({ isForPeople: true });
    log.warn('The chain rests.', { blocks: 3 });
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn: The chain rests\. blocks=3\n$/);
  });

  test.each([
    `0x${'ab'.repeat(20)}`,
    `0x${'AB'.repeat(32)}`,
    '16Uiu2HAm3NPGRyvkXhQvJ3wNoQnPHTwFtSPSK2SCmTGf6UwwrpAr',
    'weft_abcdefghijklmnopqrstuvwxyz0123456789_-ABCDE',
    '203.0.113.7',
    '203.0.113.7:51324',
    '2001:db8:0:1:2:3:4:5',
    'fe80::1:2:3',
    `Weft ${'aGVsbG8'.repeat(20)}`,
  ])('has no place for %s', (secret) => {
    const { log, lines } = record();
    log.error(`It failed for ${secret}.`, { reason: `connect to ${secret} failed` });
    const words = secret.replace('Weft ', '');
    expect(lines.join('')).not.toContain(words);
    expect(lines.join('')).toContain('It failed for');
  });

  test('drops fields that are named after what it must not hold', () => {
    const { log, lines } = record();
    log.info('asked', { prompt: 'my diary', token: 'x', count: 1 });
    expect(lines.join('')).not.toMatch(/diary|token/);
    expect(lines.join('')).toContain('"count":1');
  });

  test('leaves times and versions alone', () => {
    const { log, lines } = record();
    log.info('Weft 0.1.0 started at 18:42:56 in 1:30.');
    expect(lines.join('')).toContain('Weft 0.1.0 started at 18:42:56 in 1:30.');
  });
});
