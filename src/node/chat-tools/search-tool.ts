import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import type { SearchHit } from '../app.ts';
import type { ChatTool } from './chat-tool.ts';
import { MAX_FOUND } from './constants.ts';

const argsSchema = v.object({ words: v.pipe(v.string(), v.minLength(1), v.maxLength(200)) });

export interface SearchToolDeps {
  readonly search: (init: { readonly query: string; readonly signal: AbortSignal }) => AsyncIterable<SearchHit>;
}

/** Finds words in the person's other chats, and tells their surroundings. */
export function createSearchTool(deps: SearchToolDeps): ChatTool {
  return {
    definition: {
      name: 'search_chats',
      description: 'Finds words in earlier chats of this person and returns short excerpts. All words must occur.',
      parameters: JSON.stringify({
        type: 'object',
        properties: { words: { type: 'string', description: 'One to three words to look for.' } },
        required: ['words'],
      }),
    },
    async run(args, { conversationId, signal }) {
      const parsed = v.safeParse(argsSchema, args);
      if (!parsed.success) throw new WeftError('app/bad-request', 'Give the words to look for.');
      const found: string[] = [];
      for await (const { conversation, before, match, after } of deps.search({ query: parsed.output.words, signal })) {
        // The question that led here would be found first.
        if (conversation.id === conversationId) continue;
        const day = new Date(conversation.updatedAtMs).toISOString().slice(0, 10);
        found.push(`- Chat "${conversation.title}" (${day}): ${before}${match}${after}`);
        if (found.length === MAX_FOUND) break;
      }
      signal.throwIfAborted();
      return found.length === 0 ? 'Nothing was found.' : found.join('\n');
    },
  };
}
