/** Where the node's keys lie: one record, of which this room knows nothing but that it must not be lost. */
export interface KeyDatabase {
  /** False: what is written is gone with the page. */
  readonly isLasting: boolean;
  /** The record as it was stored, unchecked; undefined where there is none. */
  read(): Promise<unknown>;
  /** In one transaction: hands over what is there and stores what `change` returns. What it throws leaves all as it was. */
  edit(change: (current: unknown) => unknown): Promise<void>;
  /** Takes the record out of the way and keeps it. */
  setAside(): Promise<void>;
}
