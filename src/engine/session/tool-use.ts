import { WeftError } from '../../protocol/errors.ts';
import type { ToolDefinition } from '../../protocol/tools.ts';
import type { GenerateRequest } from '../engine.ts';
import type { ToolDialect } from './tool-dialect.ts';

/** What a model may call in one answer, and how. */
export interface ToolUse {
  readonly dialect: ToolDialect;
  /** Those the answer may call: of several told ones perhaps the one that was named. */
  readonly tools: readonly ToolDefinition[];
  readonly isRequired: boolean;
}

/** Null where a request has no tools to call. Throws engine/bad-input where the model has no form for them. */
export function toolUseOf(
  { tools = [], toolChoice = 'auto' }: Pick<GenerateRequest, 'tools' | 'toolChoice'>,
  dialect: ToolDialect | null,
): ToolUse | null {
  if (toolChoice === 'none' || (tools.length === 0 && toolChoice === 'auto')) return null;
  const named = typeof toolChoice === 'string' ? tools : tools.filter(({ name }) => name === toolChoice.name);
  if (named.length === 0) {
    throw new WeftError('engine/bad-input', 'This answer is to call a tool that is not among those it was given.', {
      hints: ['Give the tool with the request, or let the model choose.'],
    });
  }
  if (dialect === null) throw noTools();
  return { dialect, tools: named, isRequired: toolChoice !== 'auto' };
}

/** Where a model was not trained to call tools, or in a form that is not known here. */
export function noTools(): WeftError {
  return new WeftError('engine/bad-input', 'This model cannot use tools.', {
    hints: ['Choose a model that uses tools, or turn tools off in the chat’s settings.'],
  });
}
