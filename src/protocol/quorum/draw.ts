import { WeftError } from '../errors.ts';
import { fromHex, hex32, toHex } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { keccak256 } from '../keccak.ts';
import { uintBytes } from '../uint-bytes.ts';
import { ADDRESS_BYTES, HASH_BYTES, MAX_ELIGIBLE } from './constants.ts';

/**
 * The first `pick` of a Fisher–Yates shuffle by a beacon: i changes places with i + (keccak-256(beacon ‖ u32 i) mod the
 * rest). Throws app/bad-request where there are fewer, or more than 256.
 */
export function drawOperators(eligible: readonly Address[], beacon: Hex32, pick: number): Address[] {
  requireEligible(eligible);
  if (!Number.isInteger(pick) || pick < 0 || pick > eligible.length) {
    throw new WeftError('app/bad-request', `Expected to draw 0 to ${eligible.length} nodes, got ${pick}.`);
  }
  const list = [...eligible];
  const beaconBytes = fromHex(beacon, HASH_BYTES);
  for (let at = 0; at < pick; at++) {
    const random = BigInt(toHex(keccak256(beaconBytes, uintBytes('place', at, 4))));
    const from = at + Number(random % BigInt(list.length - at));
    [list[at], list[from]] = [list[from]!, list[at]!];
  }
  return list.slice(0, pick);
}

/** What the contract keeps of the list that a draw must be given: keccak-256 of the addresses, packed. */
export function eligibleHash(eligible: readonly Address[]): Hex32 {
  requireEligible(eligible);
  return hex32(keccak256(...eligible.map((operator) => fromHex(operator, ADDRESS_BYTES))));
}

function requireEligible(eligible: readonly Address[]): void {
  if (eligible.length <= MAX_ELIGIBLE) return;
  throw new WeftError('app/bad-request', `Expected at most ${MAX_ELIGIBLE} eligible nodes, got ${eligible.length}.`);
}
