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
  validatorBond: parseEther('10000'),
  quorum: { feePerOperator: parseEther('0.01'), commitBlocks: 30n, revealBlocks: 30n },
  vesting: { cliffSeconds: YEAR, teamSeconds: 4n * YEAR, investorsSeconds: 3n * YEAR },
};

/** A network that money depends on: everybody has a day to look, and whoever leaves waits until all windows are over. */
export const DEFAULT_PARAMETERS: NetworkParameters = {
  ...common,
  providerBond: parseEther('1000'),
  cooldownSeconds: 5n * DAY,
  cooldownBlocks: 400n,
  publishFee: parseEther('10'),
  minSlash: parseEther('100'),
  settlement: {
    challengeWindow: DAY,
    answerWindow: DAY,
    furtherWindow: DAY,
    maxReservationLife: 3_600n,
    maxBatchAge: DAY,
    validatorBps: 500,
    challengeBond: parseEther('10'),
    bondPerJob: parseEther('0.01'),
  },
  scoreRunSeconds: DAY,
};

/** A network for trying out: what takes days elsewhere is over within two minutes. */
export const LOCAL_PARAMETERS: NetworkParameters = {
  ...common,
  providerBond: parseEther('10000'),
  cooldownSeconds: 100n,
  cooldownBlocks: 64n,
  publishFee: parseEther('1'),
  minSlash: parseEther('1000'),
  settlement: {
    challengeWindow: 20n,
    answerWindow: 20n,
    furtherWindow: 20n,
    maxReservationLife: 20n,
    maxBatchAge: 20n,
    validatorBps: 500,
    challengeBond: parseEther('10'),
    bondPerJob: parseEther('0.01'),
  },
  scoreRunSeconds: 60n,
};
