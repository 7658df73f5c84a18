import type { OpenAiModel } from './backend.ts';

/** Bytes that one call of `String.fromCharCode` is given. */
const SPAN = 8_192;

export interface EmbeddingAnswerInit {
  readonly model: OpenAiModel;
  readonly vectors: readonly Float32Array[];
  readonly promptTokens: number;
  readonly format: 'float' | 'base64';
}

/** The vectors in OpenAI's form. */
export function embeddingAnswer({ model, vectors, promptTokens, format }: EmbeddingAnswerInit): object {
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'float' ? Array.from(vector) : base64Of(vector),
    })),
    model: model.id,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  };
}

/** Float32, little-endian. */
function base64Of(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, at) => view.setFloat32(at * 4, value, true));
  let text = '';
  for (let at = 0; at < view.byteLength; at += SPAN) {
    text += String.fromCharCode(...new Uint8Array(view.buffer, at, Math.min(SPAN, view.byteLength - at)));
  }
  return btoa(text);
}
