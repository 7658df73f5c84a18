import { WeftError } from '../../protocol/errors.ts';
import type { ToolCall } from '../../protocol/tools.ts';
import type { AnsweredCall } from '../../storage/schema.ts';
import { abortable } from '../abortable.ts';
import type { CallContext, ChatTool } from './chat-tool.ts';
import { CALL_TIMEOUT_MS, MAX_TOLD_CHARS } from './constants.ts';

/**
 * Runs calls one after the other. A call that fails tells the model why; only the person's signal rejects, with its
 * reason.
 */
export async function runCalls(
  calls: readonly ToolCall[],
  tools: readonly ChatTool[],
  context: CallContext,
): Promise<readonly AnsweredCall[]> {
  const answered: AnsweredCall[] = [];
  for (const call of calls) {
    context.signal.throwIfAborted();
    answered.push({ ...call, ...(await outcomeOf(call, tools, context)) });
  }
  return answered;
}

async function outcomeOf(
  call: ToolCall,
  tools: readonly ChatTool[],
  context: CallContext,
): Promise<Pick<AnsweredCall, 'result' | 'hasFailed'>> {
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const signal = AbortSignal.any([context.signal, timeout]);
  try {
    const tool = tools.find(({ definition }) => definition.name === call.name);
    if (tool === undefined) throw new WeftError('app/bad-request', `There is no tool "${call.name}".`);
    const args: unknown = JSON.parse(call.arguments);
    const run = async () => tool.run(args, { ...context, signal });
    return { result: told(await abortable(run(), signal)), hasFailed: false };
  } catch (error) {
    context.signal.throwIfAborted();
    if (timeout.aborted) return { result: 'Error: it took too long and was ended.', hasFailed: true };
    return { result: told(`Error: ${WeftError.from(error).shortMessage}`), hasFailed: true };
  }
}

/** What is longer is cut, and says so. */
function told(text: string): string {
  return text.length <= MAX_TOLD_CHARS ? text : `${text.slice(0, MAX_TOLD_CHARS).toWellFormed()}… (cut)`;
}
