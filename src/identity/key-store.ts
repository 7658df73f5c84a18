/** Where the keys lie, as this room needs it: one record, whatever it holds, and edits that nothing comes between. */
export interface KeyStore {
  /** False: what is written is gone with the page. */
  readonly isLasting: boolean;
  /** The record as it was stored, unchecked; undefined where there is none. */
  read(): Promise<unknown>;
  /**
   * In one transaction: hands over what is there and stores what `change` returns, waiting for the disk. What it throws
   * leaves all as it was.
   */
  edit(change: (current: unknown) => unknown): Promise<void>;
  /** Takes the record out of the way and keeps it under another name. */
  setAside(): Promise<void>;
}
