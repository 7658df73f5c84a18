import type { RevertSentences } from '../chain-error.ts';
import { says, time, tokens } from './says.ts';

const NEW_FIGURES = 'Reload the figures, then try again.';
const EVIDENCE = 'Check what was handed in, then try again.';

/** Of the contract that keeps deposits and pays for jobs. */
export const SETTLEMENT_SENTENCES: RevertSentences = {
  AmountTooLarge: ([amount]) => ({
    sentence: `${tokens(amount)} are more than one account can hold.`,
    hint: 'Choose a smaller amount.',
  }),
  BadParams: says('This network was given a setting that cannot be.', 'Correct its parameters.'),
  ZeroAddress: says('An address is missing.', 'Enter the address to pay to.'),
  ReentrancyGuardReentrantCall: says('The contract was called from within itself.', 'Try again.'),
  DepositBelowRequest: ([, deposit, requested]) => ({
    sentence: `The deposit is ${tokens(deposit)}; ${tokens(requested)} were asked for.`,
    hint: 'Choose a smaller amount.',
  }),
  NothingRequested: says('No withdrawal was announced.', 'Announce one first.'),
  WithdrawalNotOpen: ([openAt]) => ({
    sentence: `The withdrawal opens on ${time(openAt)}.`,
    hint: 'Wait until then: jobs that are under way are paid first.',
  }),
  NoCredits: says('Nothing was earned yet, or it was withdrawn already.', 'Wait until finished jobs are settled.'),

  NotActive: says('This node is on no list of the network.', 'Stake first.'),
  NotWholeGwei: says('The amount has too many digits after the point.', 'Use at most nine of them.'),
  PledgeBelowRequest: ([, active, requested]) => ({
    sentence: `${tokens(active)} are pledged; ${tokens(requested)} were asked for.`,
    hint: 'Choose a smaller amount.',
  }),
  NothingLeaving: says('Nothing of the pledge is leaving.', 'Ask for it first.'),
  UnpledgeNotOpen: ([openAt]) => ({ sentence: `The pledge is free on ${time(openAt)}.`, hint: 'Wait until then.' }),
  PledgeInUse: says('The pledge still stands for unsettled work.', 'Wait until it is settled.'),

  WrongNonce: says('Another settlement was posted first.', NEW_FIGURES),
  NoJobs: says('The settlement holds no job.', 'Wait until a job is finished.'),
  BadListLength: says('A list of the settlement has a wrong length.', EVIDENCE),
  NotAscending: says('An entry of the settlement is empty or out of order.', EVIDENCE),
  NoSuchEntry: says('The settlement has no such entry.', NEW_FIGURES),
  CreditsNotTotal: says('What is paid out is not what is paid in.', EVIDENCE),
  DebitAboveDeposit: ([consumer, deposit, debit]) => ({
    sentence: `The account ${String(consumer)} has deposited ${tokens(deposit)} and owes ${tokens(debit)}.`,
    hint: 'Leave its jobs out.',
  }),
  ClaimAboveLimit: says('A provider would have more unsettled than it pledged.', 'Let it pledge more, or settle less.'),
  HoldAboveLimit: says('A validator would stand for more than it pledged.', 'Let it pledge more, or settle less.'),
  NotEnoughSigners: ([signers, validators]) => ({
    sentence: `${String(signers)} of ${String(validators)} validators signed; more than half are needed.`,
    hint: 'Ask the others.',
  }),
  SignersNotAscending: says('The signatures are not in order.', EVIDENCE),
  NotValidator: says('The signer is not a validator of this network.', 'Use the account of a validator.'),
  BadSignature: says('A signature is not one, or not of the form that is taken.', 'Sign again.'),

  UnknownBatch: says('There is no such settlement.', NEW_FIGURES),
  BatchFinal: says('This settlement is final.', 'Nothing is left to do.'),
  BatchNotFinal: ([until]) => ({ sentence: `This settlement is final on ${time(until)}.`, hint: 'Wait until then.' }),
  ChallengesOpen: says('Somebody contests this settlement.', 'Wait until that is decided.'),
  ListMismatch: says('The list is another than the one that was posted.', NEW_FIGURES),
  BadLeaf: says('A job is not in this settlement.', EVIDENCE),

  ChallengeWindowClosed: ([closedAt]) => ({
    sentence: `This could be contested until ${time(closedAt)}.`,
    hint: 'Nothing is left to do.',
  }),
  AlreadyChallenged: says('This figure was contested already.', 'Wait for the answer.'),
  NothingToProve: says('Nothing of this figure is left to be proven.', 'Nothing is left to do.'),
  NoOpenChallenge: says('Nobody contests this figure.', NEW_FIGURES),
  ChallengeOpen: says('This is not decided yet.', 'Wait for the answer.'),
  AnswerTooLate: ([deadline]) => ({
    sentence: `This could be answered until ${time(deadline)}.`,
    hint: 'Nothing is left to do.',
  }),
  AnswerWindowOpen: ([deadline]) => ({
    sentence: `This may be answered until ${time(deadline)}.`,
    hint: 'Wait until then.',
  }),
  NotOfAccount: says('A job belongs to another account.', EVIDENCE),
  BadVoucher: says('A payment was not signed by who should pay.', EVIDENCE),
  NothingToCollect: says('No bond is due to this account.', NEW_FIGURES),

  NotDuplicate: says('The two jobs are not the same.', EVIDENCE),
  NotLater: says('The second job is not the later one.', 'Hand them in the other way round.'),
  LeafCancelled: says('This job was cancelled already.', 'Nothing is left to do.'),
  WrongChain: says('This belongs to another chain.', EVIDENCE),
  NotProver: says('The receipt was signed by somebody else.', EVIDENCE),
  NoFraud: says('What was handed in breaks no rule.', 'Nothing is left to do.'),
  SameReceipt: says('The two receipts are one and the same.', EVIDENCE),
  OtherJob: says('The receipts are of different jobs.', EVIDENCE),
  FaultKnown: says('This fault is known already.', 'Nothing is left to do.'),
  NoFault: says('No fault of this job is known.', EVIDENCE),
};
