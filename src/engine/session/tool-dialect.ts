import type { ToolCall, ToolDefinition } from '../../protocol/tools.ts';
import type { ConversationTemplate } from './chat-config.ts';
import { hermesDialect } from './hermes-dialect.ts';
import { llamaDialect } from './llama-dialect.ts';
import type { PromptPiece } from './prompt-piece.ts';
import type { Tokenizer } from './tokenizer.ts';

/** How one family of models is told of tools, calls them and reads what came of it. */
export interface ToolDialect {
  /** What follows the instructions in the system turn. */
  describe(tools: readonly ToolDefinition[]): readonly PromptPiece[];
  /** Around the arguments of a call; the model writes exactly this. */
  around(toolName: string): { readonly begin: string; readonly end: string };
  /** A call as the model wrote it; `isFirst` of its turn. */
  call(call: ToolCall, isFirst: boolean): readonly PromptPiece[];
  /** What a call came to; `isFirst` of the results that share a turn. */
  result(text: string, isFirst: boolean): readonly PromptPiece[];
  /** Who says the results: the text that begins their turn, as in the template's roles. */
  readonly resultRole: string;
  /** Results that follow one another stand in one turn. */
  readonly sharesTurn: boolean;
  /** Text that begins a call and nothing else. */
  readonly opening: string;
  /** A call is the whole answer; otherwise text may stand before it. */
  readonly isWholeAnswer: boolean;
  /** The model may think before it calls, between `<think>` and `</think>`. */
  readonly thinks: boolean;
}

export interface ToolDialectInit {
  /** MLC's `model_type`. */
  readonly architecture: string;
  readonly template: ConversationTemplate;
  readonly tokenizer: Pick<Tokenizer, 'hasToken'>;
}

/**
 * The form in which a model calls tools, by its own files: who has the tokens of a form, and the turns that belong to
 * it, was trained to use it. Null where no known form fits.
 */
export function toolDialectOf(init: ToolDialectInit): ToolDialect | null {
  return hermesDialect(init) ?? llamaDialect(init);
}
