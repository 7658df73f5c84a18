import type { DecodeEventLogReturnType } from 'viem';
import { address } from '../protocol/ids.ts';
import type { Address } from '../protocol/ids.ts';
import { MAX_TASKS_KEPT } from './constants.ts';
import type { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';

/** An event at which a task of several nodes moves money. */
type TaskEvent = Extract<
  DecodeEventLogReturnType<typeof inferenceQuorumAbi>,
  { readonly eventName: 'TaskRequested' | 'TaskSettled' | 'TaskCancelled' }
>;

interface TaskMovement {
  readonly kind: 'task-paid' | 'task-refunded' | 'task-earned';
  readonly amount: bigint;
}

interface TaskMovements {
  /** Drops what was noted from this block on, before it is read again. */
  forgetFrom(block: bigint): void;
  /** What an event moved for the account; events come in the chain's order. */
  of(event: TaskEvent, block: bigint): readonly TaskMovement[];
}

/**
 * Tells what an account paid for tasks, got back and earned with them. Who paid for a task is remembered from its request,
 * the oldest are forgotten first; of a task that is not known no refund is told.
 */
export function createTaskMovements(account: Address): TaskMovements {
  /** The block of each task that the account paid for. */
  const paid = new Map<string, bigint>();
  const only = (kind: TaskMovement['kind'], amount: bigint) => (amount > 0n ? [{ kind, amount }] : []);
  const refunded = (taskId: string, amount: bigint) => (paid.has(taskId) ? only('task-refunded', amount) : []);

  return {
    forgetFrom(block) {
      for (const [taskId, requestedAt] of paid) if (requestedAt >= block) paid.delete(taskId);
    },
    of(event, block) {
      switch (event.eventName) {
        case 'TaskRequested': {
          const { taskId, payer, n, reward, fee } = event.args;
          if (address(payer) !== account) return [];
          paid.set(taskId, block);
          const [oldest] = paid.keys();
          if (paid.size > MAX_TASKS_KEPT && oldest !== undefined) paid.delete(oldest);
          return only('task-paid', BigInt(n) * reward + fee);
        }
        case 'TaskSettled': {
          const { taskId, winners, paidPerWinner, refund } = event.args;
          const hasWon = winners.some((winner) => address(winner) === account);
          return [...(hasWon ? only('task-earned', paidPerWinner) : []), ...refunded(taskId, refund)];
        }
        case 'TaskCancelled':
          return refunded(event.args.taskId, event.args.refund);
        default:
          return event satisfies never;
      }
    },
  };
}
