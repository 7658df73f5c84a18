import type { ChatImage } from '../../protocol/chat-image.ts';

/** A piece of a prompt: the model maker's words, in which special tokens stand for themselves, or somebody's. */
export interface PromptPiece {
  readonly text: string;
  readonly isControl: boolean;
  /** A picture instead of a text. */
  readonly image?: ChatImage;
}

export const control = (text: string): PromptPiece => ({ text, isControl: true });
export const plain = (text: string): PromptPiece => ({ text, isControl: false });
export const picture = (image: ChatImage): PromptPiece => ({ text: '', isControl: false, image });

/** Neighbouring template texts are one text to the tokenizer. */
export function joinControls(pieces: readonly PromptPiece[]): PromptPiece[] {
  const joined: PromptPiece[] = [];
  for (const piece of pieces) {
    if (piece.text === '' && piece.image === undefined) continue;
    const last = joined.at(-1);
    if (last?.isControl === true && piece.isControl) joined[joined.length - 1] = control(last.text + piece.text);
    else joined.push(piece);
  }
  return joined;
}
