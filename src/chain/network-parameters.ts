import { parseEther } from 'viem';

/** What the contracts of a network are deployed with; none of it can be changed later. Times in seconds. */
export interface NetworkParameters {
  readonly providerBond: bigint;
  readonly validatorBond: bigint;
  readonly cooldownSeconds: bigint;
  readonly cooldownBlocks: bigint;
  /** Burned for each model that is published. */
  readonly publishFee: bigint;
  readonly minSlash: bigint;
  readonly settlement: {
    readonly challengeWindow: bigint;
    readonly answerWindow: bigint;
    readonly furtherWindow: bigint;
    readonly maxReservationLife: bigint;
    readonly maxBatchAge: bigint;
    readonly validatorBps: number;
    readonly challengeBond: bigint;
    readonly bondPerJob: bigint;
  };
  readonly quorum: {
    readonly feePerOperator: bigint;
    readonly commitBlocks: bigint;
    readonly revealBlocks: bigint;
  };
  /** How long validators score before they show their scores. */
  readonly scoreRunSeconds: bigint;
  readonly vesting: {
    readonly cliffSeconds: bigint;
    readonly teamSeconds: bigint;
    readonly investorsSeconds: bigint;
  };
}

const DAY = 86_400n;
const YEAR = 365n * DAY;

const common = {
  // A validator's word moves other people's money, so it has as much to lose on every network.
  validatorBond: parseEther('10000'),
  quorum: {
    // A task locks the stakes of whom it draws: asking for many only to do that costs something, one next to nothing.
    feePerOperator: parseEther('0.01'),
    // An answer of some minutes fits into 30 blocks of 12 seconds; longer ones are what Settlement is for.
    commitBlocks: 30n,
    // As long again, so that a page which was closed meanwhile can still show its answer.
    revealBlocks: 30n,
  },
  vesting: {
    // Who founds the network and leaves within the first year gets nothing.
    cliffSeconds: YEAR,
    // The team waits longer than investors, who do not build it.
    teamSeconds: 4n * YEAR,
    investorsSeconds: 3n * YEAR,
  },
};
/** What does not depend on how fast a network is. */
const commonOfSettlement = {
  // What auditing a job is worth of it; the providers keep the other 95 %.
  validatorBps: 500,
  // Contesting what is right costs this much, since the bond goes to whoever answers.
  challengeBond: parseEther('10'),
  // The longest answer shows every job of a batch, and its gas grows with them.
  bondPerJob: parseEther('0.01'),
};

/** A network that money depends on: everybody has a day to look, and whoever leaves waits until all windows are over. */
export const DEFAULT_PARAMETERS: NetworkParameters = {
  ...common,
  // Ten times the least slash, so that one fault does not end a node; a claim beyond it is not taken.
  providerBond: parseEther('1000'),
  // Batch age and three windows make four days, and a day more for a transaction that finds no place.
  cooldownSeconds: 5n * DAY,
  // More than a task of the quorum takes from its request to its end: 258 blocks to the draw, 60 from there.
  cooldownBlocks: 400n,
  // Records stay for ever, so filling the list must cost something.
  publishFee: parseEther('10'),
  // More than cheating in a cheap job can save, over many jobs that nobody looks at.
  minSlash: parseEther('100'),
  settlement: {
    ...commonOfSettlement,
    // Somebody who looks once a day sees every batch in time.
    challengeWindow: DAY,
    // A provider that is asleep can still answer.
    answerWindow: DAY,
    // What an answer shows can be looked at as long as what a batch shows.
    furtherWindow: DAY,
    // Longer than the longest answer takes.
    maxReservationLife: 3_600n,
    // Where no batch fills up, jobs are paid once a day all the same.
    maxBatchAge: DAY,
  },
  // Once a day is enough for standing, and its showing ends long before a stake can leave.
  scoreRunSeconds: DAY,
};

/** A network for trying out: no wait is longer than two minutes. */
export const LOCAL_PARAMETERS: NetworkParameters = {
  ...common,
  // As a validator's: people who try it out can take either role with what they staked.
  providerBond: parseEther('10000'),
  // Batch age and three windows make 80 seconds.
  cooldownSeconds: 100n,
  // Just above the commit and reveal windows: a chain that makes blocks on demand may take long for more.
  cooldownBlocks: 64n,
  // The faucet's tokens pay for several.
  publishFee: parseEther('1'),
  // A tenth of the bond, as elsewhere.
  minSlash: parseEther('1000'),
  settlement: {
    ...commonOfSettlement,
    // Long enough to step in by hand, short enough to wait for the end.
    challengeWindow: 20n,
    answerWindow: 20n,
    furtherWindow: 20n,
    maxReservationLife: 20n,
    maxBatchAge: 20n,
  },
  // A run and the showing after it end before a stake can leave.
  scoreRunSeconds: 50n,
};
