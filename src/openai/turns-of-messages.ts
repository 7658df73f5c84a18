import type { ChatTurn } from '../protocol/chat.ts';
import type { ChatImage } from '../protocol/chat-image.ts';
import type { ChatRequestMessage } from './chat-request.ts';
import { imageFromUrl } from './image-from-url.ts';
import { RequestError } from './request-error.ts';

type UserContent = Extract<ChatRequestMessage, { role: 'user' }>['content'];
type ToolMessage = Extract<ChatRequestMessage, { role: 'tool' }>;

/** Between texts that clients send as several. */
const GAP = '\n\n';

/**
 * Messages as the turns of a model: what the system says stands first and is one turn, results follow their calls in the
 * calls' order. Throws gateway/bad-request that names the message.
 */
export function turnsOfMessages(messages: readonly ChatRequestMessage[]): ChatTurn[] {
  const turns: ChatTurn[] = [];
  let isBegun = false;
  const system: string[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at]!;
    const param = `messages[${at}]`;
    if (message.role === 'system' || message.role === 'developer') {
      if (isBegun) {
        throw new RequestError('What the system says has to stand before the conversation.', {
          param,
          hints: ['Put it first, or write it into a message of the user.'],
        });
      }
      system.push(textOf(message.content));
      continue;
    }
    isBegun = true;
    if (message.role === 'tool') {
      throw new RequestError('This result answers no call of the message before.', { param });
    }
    if (message.role === 'user') {
      turns.push(userTurn(message.content, param));
      continue;
    }
    const calls = message.tool_calls ?? [];
    turns.push({
      role: 'assistant',
      content: textOf(message.content ?? ''),
      ...(calls.length === 0
        ? {}
        : {
            toolCalls: calls.map(({ id, function: { name, arguments: text } }) => ({ id, name, arguments: text })),
          }),
    });
    const results = resultsAfter(messages, at);
    turns.push(...inOrderOf(calls, results, param));
    at += results.length;
  }
  const last = turns.at(-1);
  if (last?.role !== 'user' && last?.role !== 'tool') {
    throw new RequestError('The last message has to be the user’s, or a tool’s result.', { param: 'messages' });
  }
  return system.length === 0 ? turns : [{ role: 'system', content: system.join(GAP) }, ...turns];
}

function userTurn(content: UserContent, param: string): ChatTurn {
  if (typeof content === 'string') return { role: 'user', content };
  const images: ChatImage[] = [];
  const texts: string[] = [];
  for (const [index, part] of content.entries()) {
    if (part.type === 'text') texts.push(part.text);
    else images.push(imageFromUrl(part.image_url.url, `${param}.content[${index}].image_url.url`));
  }
  return { role: 'user', content: texts.join(GAP), ...(images.length === 0 ? {} : { images }) };
}

function resultsAfter(messages: readonly ChatRequestMessage[], at: number): ToolMessage[] {
  const results: ToolMessage[] = [];
  for (const message of messages.slice(at + 1)) {
    if (message.role !== 'tool') break;
    results.push(message);
  }
  return results;
}

/** OpenAI takes results in any order, models were trained on that of the calls. */
function inOrderOf(
  calls: readonly { readonly id: string }[],
  results: readonly ToolMessage[],
  param: string,
): readonly ChatTurn[] {
  const byId = new Map(results.map((result) => [result.tool_call_id, result]));
  if (byId.size !== results.length || results.length !== calls.length || !calls.every(({ id }) => byId.has(id))) {
    throw new RequestError('Each call of this message needs one result, in the messages that follow it.', { param });
  }
  return calls.map(({ id }) => ({ role: 'tool', content: textOf(byId.get(id)!.content), toolCallId: id }));
}

function textOf(content: string | readonly ({ readonly text: string } | { readonly refusal: string })[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part ? part.text : part.refusal)).join(GAP);
}
