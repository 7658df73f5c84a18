import { numberToHex, zeroHash } from 'viem';
import { describe, expect, it } from 'vitest';
import { address } from '../protocol/ids.ts';
import { MAX_TASKS_KEPT } from './constants.ts';
import { createTaskMovements } from './task-movements.ts';

const OWN = address(numberToHex(1, { size: 20 }));
const STRANGER = address(numberToHex(2, { size: 20 }));
const taskId = (number: number) => numberToHex(number, { size: 32 });
const requested = (number: number, payer = OWN, requester = OWN) =>
  ({
    eventName: 'TaskRequested',
    args: {
      taskId: taskId(number),
      requester,
      manifest: zeroHash,
      promptHash: zeroHash,
      n: 3,
      threshold: 2,
      reward: 5n,
      fee: 1n,
      payer,
      eligible: '0x',
    },
  }) as const;
const cancelled = (number: number) =>
  ({ eventName: 'TaskCancelled', args: { taskId: taskId(number), refund: 15n } }) as const;
const REFUND = [{ kind: 'task-refunded', amount: 15n }];

describe('movements of tasks', () => {
  it('are of who pays for a task, not of who asks', () => {
    const tasks = createTaskMovements(OWN);
    expect(tasks.of(requested(1, STRANGER, OWN), 1n)).toEqual([]);
    expect(tasks.of(cancelled(1), 2n)).toEqual([]);
    expect(tasks.of(requested(2, OWN, STRANGER), 1n)).toEqual([{ kind: 'task-paid', amount: 16n }]);
    expect(tasks.of(cancelled(2), 2n)).toEqual(REFUND);
  });

  it('forget a request that the chain took back', () => {
    const tasks = createTaskMovements(OWN);
    tasks.of(requested(1), 1n);
    tasks.of(requested(2), 2n);
    tasks.forgetFrom(2n);
    expect(tasks.of(cancelled(1), 3n)).toEqual(REFUND);
    expect(tasks.of(cancelled(2), 3n)).toEqual([]);
  });

  it('tell no refund of the oldest of more tasks than are remembered', () => {
    const tasks = createTaskMovements(OWN);
    for (let number = 0; number <= MAX_TASKS_KEPT; number++) tasks.of(requested(number), 1n);
    expect(tasks.of(cancelled(0), 2n)).toEqual([]);
    expect(tasks.of(cancelled(1), 2n)).toEqual(REFUND);
  });
});
