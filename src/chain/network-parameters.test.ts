import { describe, expect, it } from 'vitest';
import { DEFAULT_PARAMETERS, LOCAL_PARAMETERS } from './network-parameters.ts';

const DAY = 86_400n;
/** Blocks from a request to the last one in which its operators are drawn; see InferenceQuorum. */
const DRAW_BLOCKS = 258n;

describe.each([
  ['default', DEFAULT_PARAMETERS],
  ['local', LOCAL_PARAMETERS],
])('%s parameters', (_, { settlement, quorum, ...registry }) => {
  it('keep a stake until nothing it stands for can be shown any more', () => {
    const { maxBatchAge, challengeWindow, answerWindow, furtherWindow } = settlement;
    expect(registry.cooldownSeconds).toBeGreaterThanOrEqual(
      maxBatchAge + challengeWindow + answerWindow + furtherWindow,
    );
    expect(registry.cooldownBlocks).toBeGreaterThan(quorum.commitBlocks + quorum.revealBlocks);
    // Scores are committed in one run and shown in the next.
    expect(registry.cooldownSeconds).toBeGreaterThanOrEqual(2n * registry.scoreRunSeconds);
  });

  it('ask for a bond that pays for the least slash', () => {
    expect(registry.providerBond).toBeGreaterThanOrEqual(registry.minSlash);
    expect(registry.validatorBond).toBeGreaterThanOrEqual(registry.providerBond);
  });
});

describe('default parameters', () => {
  it('leave a day to look, to answer and to look again', () => {
    const { challengeWindow, answerWindow, furtherWindow } = DEFAULT_PARAMETERS.settlement;
    for (const window of [challengeWindow, answerWindow, furtherWindow]) expect(window).toBeGreaterThanOrEqual(DAY);
  });

  it('keep a stake from the request of a task that may draw it to the task’s end', () => {
    const { cooldownBlocks, quorum } = DEFAULT_PARAMETERS;
    expect(cooldownBlocks).toBeGreaterThan(DRAW_BLOCKS + quorum.commitBlocks + quorum.revealBlocks);
  });
});
