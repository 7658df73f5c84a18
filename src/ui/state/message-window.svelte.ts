import type { BranchMessage } from '../../node/app.ts';

/** Messages drawn at first, and added each time the beginning comes near: long chats open as fast as short ones. */
const PAGE_MESSAGES = 40;
/** Messages shown before one that is jumped to. */
const LEAD_MESSAGES = 4;

/** The part of a branch that is drawn: its end, and as much before it as the person went back. */
export class MessageWindow {
  readonly #branch: () => readonly BranchMessage[];
  /** The first message on screen; one that is not on the branch means "the usual part". */
  #firstId = $state<string | null>(null);
  readonly #start = $derived.by(() => {
    const branch = this.#branch();
    const first = branch.findIndex(({ message }) => message.id === this.#firstId);
    return first === -1 ? Math.max(0, branch.length - PAGE_MESSAGES) : first;
  });
  readonly #shown = $derived.by(() => this.#branch().slice(this.#start));

  constructor(branch: () => readonly BranchMessage[]) {
    this.#branch = branch;
  }

  get shown(): readonly BranchMessage[] {
    return this.#shown;
  }

  get hasEarlier(): boolean {
    return this.#start > 0;
  }

  showEarlier(): void {
    this.#startAt(this.#start - PAGE_MESSAGES);
  }

  /** Makes sure that this message is drawn. */
  include(messageId: string): void {
    const at = this.#branch().findIndex(({ message }) => message.id === messageId);
    if (at !== -1 && at < this.#start) this.#startAt(at - LEAD_MESSAGES);
  }

  #startAt(index: number): void {
    this.#firstId = this.#branch()[Math.max(0, index)]?.message.id ?? null;
  }
}
