import type { EncodedPrompt, EncodePromptRequest } from '../../src/engine/engine.ts';
import type { WireError } from '../../src/protocol/errors.ts';

/** To the thread that writes prompts. */
export interface EncodeQuestion {
  readonly id: number;
  readonly request: EncodePromptRequest;
}

/** And back. */
export type EncodeAnswer = { readonly id: number } & (
  { readonly encoded: EncodedPrompt } | { readonly error: WireError }
);
