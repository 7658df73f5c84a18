import { encodeErrorResult, RawContractError } from 'viem';
import type { AbiParameter } from 'viem';
import { describe, expect, it } from 'vitest';
import { ALL_ERRORS } from './all-errors.ts';
import { explainNetworkError } from './network-error.ts';
import { REVERT_SENTENCES } from './revert-sentences.ts';

const errors = ALL_ERRORS.filter((entry) => entry.type === 'error');

function valueOf({ type }: AbiParameter): unknown {
  if (type === 'address') return `0x${'12'.repeat(20)}`;
  if (type === 'bytes32') return `0x${'34'.repeat(32)}`;
  if (type === 'string') return 'text';
  const bits = Number(type.slice('uint'.length));
  return bits > 48 ? 1_800_000_000n : 7;
}

describe('what a contract answers', () => {
  it.each(errors.map((error) => [error.name, error] as const))('%s is said in a sentence with a way on', (_, error) => {
    const data = encodeErrorResult({ abi: [error], args: error.inputs.map(valueOf) });
    const explained = explainNetworkError(new RawContractError({ data }));
    expect(explained.code).toBe('chain/reverted');
    expect(explained.shortMessage).not.toMatch(/contract refused this|undefined|unknown/);
    expect(explained.shortMessage).toMatch(/^[A-Z0-9].*\.$/);
    expect(explained.hints).toEqual([expect.stringMatching(/^[A-Z].*\.$/)]);
  });

  it('has no sentence for an error that no contract has', () => {
    const names = new Set(errors.map(({ name }) => name));
    expect(Object.keys(REVERT_SENTENCES).filter((name) => !names.has(name))).toEqual([]);
  });

  it('says amounts and times as people write them', () => {
    expect(REVERT_SENTENCES['ERC20InsufficientBalance']?.(['0x', 1_500_000_000_000_000_000n, 2n * 10n ** 18n])).toEqual(
      {
        sentence: 'The wallet holds 1.5 tokens; this needs 2 tokens.',
        hint: 'Choose a smaller amount, or add tokens first.',
      },
    );
    expect(REVERT_SENTENCES['WithdrawalNotOpen']?.([1_800_000_000n]).sentence).toBe(
      'The withdrawal opens on 2027-01-15 08:00 UTC.',
    );
  });
});
