interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/** Names of tokens that models with tools have. */
export const HERMES_TOKENS = ['<tool_call>', '</tool_call>'] as const;

/** The guide's tokenizer with these tokens in the place of its rarest words: the vocabulary keeps its size. */
export function withTokens(tokenizerJson: unknown, names: readonly string[], vocabSize: number): object {
  const json = tokenizerJson as { readonly added_tokens: readonly AddedToken[] };
  const added = names.map((content, at) => ({ id: vocabSize - 1 - at, content, special: false }));
  return { ...json, added_tokens: [...json.added_tokens, ...added] };
}
