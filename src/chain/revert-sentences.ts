import type { RevertSentences } from './chain-error.ts';
import { SETTLEMENT_SENTENCES } from './sentences/settlement-sentences.ts';
import { STAKE_SENTENCES } from './sentences/stake-sentences.ts';
import { TASK_SENTENCES } from './sentences/task-sentences.ts';

/** What every error of the contracts means, by its name. */
export const REVERT_SENTENCES: RevertSentences = {
  ...STAKE_SENTENCES,
  ...SETTLEMENT_SENTENCES,
  ...TASK_SENTENCES,
};
