import { SvelteMap } from 'svelte/reactivity';
import type { AttachedImage } from '../../node/app.ts';
import { MAX_IMAGES_PER_TURN } from '../../protocol/chat-image.ts';
import { WeftError } from '../../protocol/errors.ts';
import { readPicture } from '../pictures/read-picture.ts';

const NONE: readonly AttachedImage[] = [];

/** The pictures of the question being written, chat by chat. They last until the page is left. */
export class DraftPictures {
  #chatId = $state<string | null>(null);
  #reading = $state(0);
  readonly #byChat = new SvelteMap<string | null, readonly AttachedImage[]>();

  get list(): readonly AttachedImage[] {
    return this.#byChat.get(this.#chatId) ?? NONE;
  }

  /** Files are being read. */
  get isReading(): boolean {
    return this.#reading > 0;
  }

  get isFull(): boolean {
    return this.list.length >= MAX_IMAGES_PER_TURN;
  }

  open(chatId: string | null): void {
    this.#chatId = chatId;
  }

  /** The new chat has its id now: what was attached since the question was sent moves with it. */
  adopt(chatId: string): void {
    this.#byChat.set(chatId, this.#byChat.get(null) ?? NONE);
    this.#byChat.delete(null);
    this.#chatId = chatId;
  }

  /** Adds those that can be, and throws app/bad-request for the first that cannot. */
  async add(files: readonly File[]): Promise<void> {
    const chatId = this.#chatId;
    let failure: unknown = null;
    this.#reading += 1;
    try {
      for (const file of files) {
        try {
          const image = await readPicture(file);
          const before = this.#byChat.get(chatId) ?? NONE;
          if (before.length >= MAX_IMAGES_PER_TURN) throw tooMany();
          this.#byChat.set(chatId, [...before, image]);
        } catch (error) {
          failure ??= error;
        }
      }
    } finally {
      this.#reading -= 1;
    }
    if (failure !== null) throw WeftError.from(failure, 'app/bad-request');
  }

  remove(image: AttachedImage): void {
    this.#byChat.set(
      this.#chatId,
      this.list.filter((one) => one !== image),
    );
  }

  /** Empties the list for sending. */
  take(): readonly AttachedImage[] {
    const { list } = this;
    this.#byChat.delete(this.#chatId);
    return list;
  }

  /** Brings back what could not be sent, unless others were attached meanwhile. */
  putBack(images: readonly AttachedImage[]): void {
    if (this.list.length === 0) this.#byChat.set(this.#chatId, images);
  }
}

function tooMany(): WeftError {
  return new WeftError('app/bad-request', `A question takes ${MAX_IMAGES_PER_TURN} pictures at most.`, {
    hints: ['Send these first, then the others.'],
  });
}
