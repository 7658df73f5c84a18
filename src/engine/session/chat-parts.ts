import { parseChatConfig } from './chat-config.ts';
import type { ChatConfig } from './chat-config.ts';
import { createChatEncoder } from './chat-encoder.ts';
import type { ChatEncoder } from './chat-encoder.ts';
import { toolDialectOf } from './tool-dialect.ts';
import type { ToolDialect } from './tool-dialect.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** How a model is talked with: all that its prompts are made of. */
export interface ChatParts {
  readonly chat: ChatConfig;
  readonly tokenizer: Tokenizer;
  readonly encode: ChatEncoder;
  /** How it calls tools; null: it was not trained to, or in a form that is not known here. */
  readonly dialect: ToolDialect | null;
}

export interface ChatFiles {
  /** MLC's `model_type`. */
  readonly architecture: string;
  /** `mlc-chat-config.json` and `tokenizer.json`. */
  readonly configJson: unknown;
  readonly tokenizerJson: unknown;
}

/** Throws model/bad-template, model/bad-tokenizer, model/unsupported. */
export function chatPartsOf({ architecture, configJson, tokenizerJson }: ChatFiles): ChatParts {
  const chat = parseChatConfig(configJson);
  const tokenizer = createTokenizer(tokenizerJson, { stopTokenIds: chat.stopTokenIds });
  const { template } = chat;
  const dialect = toolDialectOf({ architecture, template, tokenizer });
  return { chat, tokenizer, dialect, encode: createChatEncoder({ template, tokenizer, dialect }) };
}
