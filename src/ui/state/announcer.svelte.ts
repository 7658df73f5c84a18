/** Sentences for people who listen to the page; read politely, one at a time. */
export class Announcer {
  #text = $state('');
  #flip = false;

  get text(): string {
    return this.#text;
  }

  say(text: string): void {
    // A trailing no-break space makes the same sentence new, so that it is read again.
    this.#flip = !this.#flip;
    this.#text = this.#flip ? text : `${text}\u00a0`;
  }
}
