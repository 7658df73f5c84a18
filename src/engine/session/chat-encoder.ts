import type { ChatTurn } from '../../protocol/chat.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { ConversationTemplate } from './chat-config.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * Ids of a conversation up to where the model goes on. `answerPrefix` is the beginning of the answer. Throws
 * engine/bad-input where the turns are not an optional system turn and then others, the last the user's.
 */
export type ChatEncoder = (turns: readonly ChatTurn[], answerPrefix: string) => number[];

/** A piece of the prompt: the model maker's words, or somebody's. */
interface Piece {
  readonly text: string;
  readonly isControl: boolean;
}

/**
 * Renders turns as MLC's Conversation does. What people and models wrote is encoded apart from the template, as plain
 * text: nobody can type a special token, and a later prompt begins with exactly the ids of an earlier one and its answer.
 */
export function createChatEncoder(template: ConversationTemplate, tokenizer: Tokenizer): ChatEncoder {
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

  const piecesOf = (turns: readonly ChatTurn[], answerPrefix: string): Piece[] => {
    const pieces: Piece[] = [];
    const control = (text: string) => pieces.push({ text, isControl: true });
    const plain = (text: string) => pieces.push({ text, isControl: false });

    const [first] = turns;
    const system = first?.role === 'system' ? first.content : null;
    if (around.system === null) control(template.systemTemplate);
    else if (system !== null) {
      control(around.system.before);
      plain(system);
      control(around.system.after);
    }
    const hasSystem = pieces.some(({ text }) => text !== '');
    const said = system === null ? turns : turns.slice(1);
    for (const [index, { role, content }] of said.entries()) {
      const place = role === 'system' ? null : around[role];
      if (role === 'system' || place === null) throw badTurns('a system turn stands after the first');
      const needsRole = template.addRoleAfterSystemMessage || !hasSystem || index > 0;
      if (needsRole) control(template.roles[role] + template.roleContentSep);
      control(place.before);
      plain(content);
      control(place.after + template.seps[role === 'user' ? 0 : 1]);
    }
    if (answerPrefix === '') {
      control(template.roles.assistant + template.roleEmptySep);
    } else {
      control(template.roles.assistant + template.roleContentSep + around.assistant!.before);
      plain(answerPrefix);
    }
    return pieces;
  };

  return (turns, answerPrefix) => {
    if (turns.at(-1)?.role !== 'user') throw badTurns('the last turn is not the user’s');
    const ids = [...template.systemPrefixTokenIds];
    for (const { text, isControl } of joinControls(piecesOf(turns, answerPrefix))) {
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

/** Neighbouring template texts are one text to the tokenizer. */
function joinControls(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    if (piece.text === '') continue;
    const last = joined.at(-1);
    if (last?.isControl === true && piece.isControl) {
      joined[joined.length - 1] = { text: last.text + piece.text, isControl: true };
    } else {
      joined.push(piece);
    }
  }
  return joined;
}

/** Before and after the placeholder; null where there is none. */
function splitAt(text: string, placeholder: string): { readonly before: string; readonly after: string } | null {
  const at = text.indexOf(placeholder);
  return at === -1 ? null : { before: text.slice(0, at), after: text.slice(at + placeholder.length) };
}

function badTurns(why: string): WeftError {
  return new WeftError('engine/bad-input', `The conversation cannot be answered: ${why}.`, {
    hints: ['Give an optional system turn first, then questions and answers, and end with a question.'],
  });
}
