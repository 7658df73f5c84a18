import type { RevertSentences } from '../chain-error.ts';
import { says } from './says.ts';

const NEW_FIGURES = 'Reload the figures, then try again.';
const NEXT_RUN = 'Wait for the next run.';

/** Of the contract for tasks of several drawn nodes, and of the score board. */
export const TASK_SENTENCES: RevertSentences = {
  AlreadyDrawn: says('The nodes of this task are drawn already.', NEW_FIGURES),
  AlreadyImported: says('This task was imported already.', 'Nothing is left to do.'),
  BadIntentFee: says('What was paid does not cover the fees.', 'Pay more for the task.'),
  BadOperatorCount: says('A task takes 3 to 256 nodes.', 'Choose a number within that.'),
  BadThreshold: ([, lowest, highest]) => ({
    sentence: `From ${String(lowest)} to ${String(highest)} nodes must agree.`,
    hint: 'Choose a number within that.',
  }),
  BadWindows: says('The windows of tasks have no length.', 'Correct the parameters of the network.'),
  IntentNotCommitted: says('The other chain does not know this task, or not for certain yet.', 'Wait, then try again.'),
  NoBeacon: says('The chain does not know the block that decides any more.', 'Cancel the task, then ask anew.'),
  NoCredit: says('Nothing was earned yet, or it was withdrawn already.', 'Wait until tasks are settled.'),
  NoVerifier: says('This network takes no tasks of another chain.', 'Ask for the task here.'),
  NotDrawn: says('The nodes of this task are not drawn yet.', 'Wait a few blocks.'),
  NotSeated: says('This account was not drawn for that place.', NEW_FIGURES),
  OutsideWindow: ([block, first, last]) => ({
    sentence: `This is possible from block ${String(first)} to ${String(last)}; it is block ${String(block)} now.`,
    hint: 'Wait where it is too early; where it is too late nothing is left to do.',
  }),
  TooFewEligible: ([eligible, needed]) => ({
    sentence: `${String(eligible)} nodes offer this model; the task needs ${String(needed)}.`,
    hint: 'Choose fewer nodes or another model.',
  }),
  TooManyEligible: says('More nodes offer this model than a task can draw from.', 'Choose another model.'),
  UnknownTask: says('There is no such task.', NEW_FIGURES),
  WrongEligibleList: says('The list of nodes is another than the one that was noted.', NEW_FIGURES),
  WrongReveal: says('What is shown is not what was committed to.', 'Show what was committed to.'),
  WrongSeatState: says('This step of the task was done already, or is not due.', NEW_FIGURES),
  WrongStatus: says('The task is over, or has not begun.', NEW_FIGURES),
  ZeroCommitment: says('The commitment is empty.', 'Commit to an answer.'),
  ZeroOutput: says('The answer is empty.', 'Show the answer that was committed to.'),
  ZeroPrompt: says('The task has no question.', 'Write a question.'),

  AlreadyCommitted: says('Scores of this run were committed already.', NEXT_RUN),
  AlreadyRevealed: says('Scores of this run were shown already.', NEXT_RUN),
  AlreadySlashed: says('This fault was punished already.', 'Nothing is left to do.'),
  BadScore: says('A score is too high or out of order.', 'Correct the scores.'),
  NotRevealable: says('Only scores of the run before this one can be shown.', NEXT_RUN),
  NotSignedBy: says('The validator did not sign this.', 'Check what was handed in.'),
  NothingFree: says('All that the validator has stands for something else just now.', 'Try again later.'),
  NothingCommitted: says('Nothing was committed in this run.', NEXT_RUN),
  SameCommitment: says('The two commitments are one and the same.', 'Check what was handed in.'),
  TooManyScores: says('There are too many scores.', 'Leave some of them out.'),
};
