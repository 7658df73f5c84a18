import type { WeftApp } from '../../node/app.ts';
import { DraftPictures } from './draft-pictures.svelte.ts';

/** The unsent text of the chat on screen, kept across reloads and between chats. */
export class DraftState {
  readonly pictures = new DraftPictures();
  readonly #app: WeftApp;
  #chatId: string | null = null;
  #text = $state('');
  #version = 0;
  #isOpen = false;

  constructor(app: WeftApp) {
    this.#app = app;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#version += 1;
    this.#text = text;
    this.#app.chats.saveDraft(this.#chatId, text);
  }

  /** Empties the field for sending; what is stored goes with the question, so that a crash in between loses nothing. */
  take(): string {
    const text = this.#text.trim();
    this.#version += 1;
    this.#text = '';
    return text;
  }

  /** The new chat has its id now: what was typed since the question was sent moves with it. */
  adopt(chatId: string): void {
    this.pictures.adopt(chatId);
    this.#chatId = chatId;
    this.#version += 1;
    if (this.#text === '') return;
    this.#app.chats.saveDraft(null, '');
    this.#app.chats.saveDraft(chatId, this.#text);
  }

  /** Shows the draft of a chat; what is typed while it loads wins. Throws storage/* where it cannot be read. */
  async open(chatId: string | null): Promise<void> {
    if (this.#isOpen && this.#chatId === chatId) return;
    this.#isOpen = true;
    this.#chatId = chatId;
    this.pictures.open(chatId);
    this.#text = '';
    this.#version += 1;
    const version = this.#version;
    const stored = await this.#app.chats.draft(chatId);
    if (this.#version === version) this.#text = stored;
  }
}
