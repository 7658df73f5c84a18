/** A result or item whose buffers are moved to the other side instead of copied; they are unusable here afterwards. */
export class Transferred<Value> {
  readonly value: Value;
  readonly transfer: readonly Transferable[];

  constructor(value: Value, transfer: readonly Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}
