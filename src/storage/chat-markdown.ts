import { roundMarkdown } from './round-markdown.ts';
import type { Conversation, Message } from './schema.ts';

const SPEAKERS = { user: 'You', assistant: 'Answer' } as const;
const ENDINGS: Partial<Record<Message['state'], string>> = {
  stopped: 'stopped',
  interrupted: 'interrupted',
  failed: 'failed',
  writing: 'still being written',
};

/** One branch as Markdown to read and share. Texts are kept as they are: they are Markdown themselves. */
export function chatMarkdown(conversation: Conversation, branch: readonly Message[]): string {
  const title = conversation.title.replaceAll(/\s+/gu, ' ');
  const parts = [`# ${title}`];
  if (conversation.settings.systemPrompt !== null && conversation.settings.systemPrompt !== '') {
    parts.push('## Instructions', conversation.settings.systemPrompt);
  }
  for (const message of branch) {
    const ending = ENDINGS[message.state];
    const time = new Date(message.createdAtMs).toISOString().slice(0, 16).replace('T', ' ');
    const notes = [`${time} UTC`, message.modelId, ending].filter((note) => note != null).join(', ');
    parts.push(`## ${SPEAKERS[message.role]} (${notes})`);
    for (const { name } of message.images ?? []) parts.push(`*Picture: ${plainName(name)}*`);
    parts.push(...(message.rounds ?? []).flatMap(roundMarkdown));
    if (message.text !== '') parts.push(message.text);
  }
  return `${parts.join('\n\n')}\n`;
}

/** A name is not Markdown: signs that would format, link or embed are taken for themselves. */
function plainName(name: string): string {
  return name.replaceAll(/\s+/gu, ' ').replaceAll(/[\\`*_[\]<>!#|&]/gu, '\\$&');
}
