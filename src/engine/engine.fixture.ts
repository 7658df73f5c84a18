import type { ChatTurn } from '../protocol/chat.ts';
import type { GenerateEvent, ModelRef } from './engine.ts';

/** The built-in model as the test server serves it. */
export const guideRef: ModelRef = {
  id: 'weft-guide',
  baseUrl: new URL('/models/weft-guide/', location.href).href,
  libraryUrl: null,
  runtime: 'auto',
  contextLimit: null,
};

export const user = (content: string): ChatTurn => ({ role: 'user', content });

type Done = Extract<GenerateEvent, { type: 'done' }>;
type Token = Extract<GenerateEvent, { type: 'token' }>;

/** Reads an answer to its end. Rejects where it ends without `done`, or where something follows. */
export async function outcomeOf(events: AsyncIterable<GenerateEvent>, onEvent?: (event: GenerateEvent) => void) {
  const all: GenerateEvent[] = [];
  for await (const event of events) {
    all.push(event);
    onEvent?.(event);
  }
  const done = all.at(-1);
  if (done?.type !== 'done') throw new Error(`The answer ended with ${JSON.stringify(done)}.`);
  const tokens = all.filter((event): event is Token => event.type === 'token');
  return { events: all, tokens, text: tokens.map(({ text }) => text).join(''), done: done satisfies Done };
}
