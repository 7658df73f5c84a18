/** What a node needs of a model in order to write its prompts without having the model. */
export interface TokenizerKit {
  /** `tokenizer.json`, as it is stored. */
  readonly tokenizer: Uint8Array<ArrayBuffer>;
  /** `mlc-chat-config.json`, as it is stored. */
  readonly chatConfig: Uint8Array<ArrayBuffer>;
  /** The five digests of the model's manifest one after the other, 160 bytes; see {@link manifestDigests}. */
  readonly digests: Uint8Array<ArrayBuffer>;
}
