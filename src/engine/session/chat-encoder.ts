import type { ChatTurn } from '../../protocol/chat.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { ToolDefinition } from '../../protocol/tools.ts';
import type { ConversationTemplate } from './chat-config.ts';
import { control, joinControls, picture, plain } from './prompt-piece.ts';
import type { PromptPiece } from './prompt-piece.ts';
import type { ToolDialect } from './tool-dialect.ts';
import { noTools } from './tool-use.ts';
import { checkTurnOrder } from './turn-order.ts';
import type { Tokenizer } from './tokenizer.ts';
import { createPromptImages } from './vision.ts';
import type { PromptImages } from './vision.ts';

/**
 * Ids of a conversation up to where the model goes on. `answerPrefix` is the beginning of the answer; `tools` are told in
 * the system turn. Throws engine/bad-input where the turns are not an optional system turn and then others, the last the
 * user's or a tool's, and where the model has no form for tools.
 */
export type ChatEncoder = (
  turns: readonly ChatTurn[],
  answerPrefix: string,
  tools?: readonly ToolDefinition[],
  images?: PromptImages,
) => number[];

export interface ChatEncoderInit {
  readonly template: ConversationTemplate;
  readonly tokenizer: Tokenizer;
  /** Null: the model has no form for tools. */
  readonly dialect: ToolDialect | null;
}

/**
 * Renders turns as MLC's Conversation does. What people, tools and models wrote is encoded apart from the template, as
 * plain text: nobody can type a special token, and a later prompt begins with exactly the ids of an earlier one and its
 * answer.
 */
export function createChatEncoder({ template, tokenizer, dialect }: ChatEncoderInit): ChatEncoder {
  const around = {
    system: splitAt(template.systemTemplate, '{system_message}'),
    user: splitAt(template.roleTemplates.user, '{user_message}'),
    assistant: splitAt(template.roleTemplates.assistant, '{assistant_message}'),
  };
  for (const role of ['user', 'assistant'] as const) {
    if (around[role] !== null) continue;
    throw new WeftError('model/bad-template', `The model's chat template has no place for what the ${role} says.`, {
      hints: ['Choose another model.'],
    });
  }

  const systemPieces = (system: string | null, tools: readonly ToolDefinition[]): readonly PromptPiece[] => {
    if (around.system === null) return [control(template.systemTemplate)];
    const told = tools.length === 0 ? [] : needDialect(dialect).describe(tools);
    if (system === null && told.length === 0) return [];
    const text = system ?? '';
    const gap = text !== '' && told.length > 0 ? [control('\n\n')] : [];
    return [control(around.system.before), plain(text), ...gap, ...told, control(around.system.after)];
  };

  /** What one turn says, with what ends it. Results share a turn where the model knows them so. */
  const turnPieces = (turn: ChatTurn, before: ChatTurn | undefined, after: ChatTurn | undefined): PromptPiece[] => {
    if (turn.role === 'tool') {
      const form = needDialect(dialect);
      const isFirst = !form.sharesTurn || before?.role !== 'tool';
      const isLast = !form.sharesTurn || after?.role !== 'tool';
      return [...form.result(turn.content, isFirst), ...(isLast ? [control(template.seps[0])] : [])];
    }
    const role = roleOf(turn);
    const place = around[role]!;
    const calls = turn.toolCalls ?? [];
    return [
      ...(turn.images ?? []).map(picture),
      control(place.before),
      plain(turn.content),
      ...(calls.length === 0 ? [] : calls.flatMap((call, at) => needDialect(dialect).call(call, at === 0))),
      control(place.after + template.seps[role === 'user' ? 0 : 1]),
    ];
  };

  const piecesOf = (turns: readonly ChatTurn[], answerPrefix: string, tools: readonly ToolDefinition[]) => {
    const [first] = turns;
    const system = first?.role === 'system' ? first.content : null;
    const pieces = [...systemPieces(system, tools)];
    const hasSystem = pieces.some(({ text }) => text !== '');
    const said = system === null ? turns : turns.slice(1);
    for (const [index, turn] of said.entries()) {
      const before = said[index - 1];
      const isSharing = turn.role === 'tool' && before?.role === 'tool' && dialect?.sharesTurn === true;
      if (!isSharing && (template.addRoleAfterSystemMessage || !hasSystem || index > 0)) {
        const role = turn.role === 'tool' ? needDialect(dialect).resultRole : template.roles[roleOf(turn)];
        pieces.push(control(role + template.roleContentSep));
      }
      pieces.push(...turnPieces(turn, before, said[index + 1]));
    }
    if (answerPrefix === '') {
      pieces.push(control(template.roles.assistant + template.roleEmptySep));
    } else {
      pieces.push(control(template.roles.assistant + template.roleContentSep + around.assistant!.before));
      pieces.push(plain(answerPrefix));
    }
    return pieces;
  };

  return (turns, answerPrefix, tools = [], images = createPromptImages(null)) => {
    checkTurnOrder(turns);
    const ids = [...template.systemPrefixTokenIds];
    for (const { text, isControl, image } of joinControls(piecesOf(turns, answerPrefix, tools))) {
      if (image !== undefined) {
        ids.push(...images.place(image, ids.length), ...tokenizer.encodeControl(images.after, true));
        continue;
      }
      const last = ids.at(-1);
      const isSectionStart = last === undefined || tokenizer.isSpecial(last);
      const encoded = isControl
        ? tokenizer.encodeControl(text, isSectionStart)
        : tokenizer.encodePlain(text, isSectionStart);
      for (const id of encoded) ids.push(id);
    }
    return ids;
  };
}

/** Before and after the placeholder; null where there is none. */
function splitAt(text: string, placeholder: string): { readonly before: string; readonly after: string } | null {
  const at = text.indexOf(placeholder);
  return at === -1 ? null : { before: text.slice(0, at), after: text.slice(at + placeholder.length) };
}

/** Of a turn that is neither the system's nor a tool's; the order is checked before. */
function roleOf({ role }: ChatTurn): 'user' | 'assistant' {
  return role === 'assistant' ? role : 'user';
}

function needDialect(dialect: ToolDialect | null): ToolDialect {
  if (dialect === null) throw noTools();
  return dialect;
}
