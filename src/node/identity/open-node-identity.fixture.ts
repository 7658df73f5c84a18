import { openDB } from 'idb';
import type { IdentityState } from '../../identity/identity.ts';
import type { WeftError } from '../../protocol/errors.ts';
import { openNodeIdentity } from './open-node-identity.ts';
import type { OpenNodeIdentityDeps } from './open-node-identity.ts';

export const TEST_PHRASE = 'test test test test test test test test test test test junk';
/** What wallets show for that phrase. */
export const TEST_ACCOUNT = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
export const OTHER_PHRASE = `${'abandon '.repeat(11)}about`;
export const OTHER_ACCOUNT = '0x9858effd232b4033e47d90003d41ec34ecaeda94';

let names = 0;
export const freshName = () => `identity-${names++}`;

/** The identity as one tab has it, with all that it told. */
export async function openTab(databaseName: string, deps: Partial<OpenNodeIdentityDeps> = {}) {
  const reports: WeftError[] = [];
  const states: IdentityState[] = [];
  const identity = await openNodeIdentity(
    { databaseName, report: (error) => reports.push(error) },
    { locks: navigator.locks, leads: () => true, onChange: (state) => states.push(state), ...deps },
  );
  return { identity, reports, states };
}

interface RawKey {
  address: string;
  sealed: { bytes: Uint8Array; iv: Uint8Array; passphrase: { iterations: number } | null };
  delegation: unknown;
}
/** The record as it lies on disk. */
export interface RawRecord {
  version: number;
  revision: number;
  active: string;
  keys: RawKey[];
}

/** The stored record, and a way to put another in its place, as a defect or another version would. */
export async function rawRecord(databaseName: string, change?: (record: RawRecord) => unknown): Promise<unknown> {
  const connection = await openDB(databaseName);
  try {
    const record = (await connection.get('current', 'keys')) as RawRecord;
    if (change !== undefined) await connection.put('current', change(record), 'keys');
    return await connection.get('current', 'keys');
  } finally {
    connection.close();
  }
}

/** What was set aside and is kept. */
export async function keptAside(databaseName: string): Promise<unknown[]> {
  const connection = await openDB(databaseName);
  try {
    return (await connection.getAll('setAside')) as unknown[];
  } finally {
    connection.close();
  }
}
