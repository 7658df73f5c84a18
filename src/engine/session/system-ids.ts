import type { ModelFolder } from './model-folder.ts';

/** What every chat with the model's own system prompt begins with; read once after loading, so that it need not be later. */
export function systemIds({ encode, chat }: Pick<ModelFolder, 'encode' | 'chat'>): Uint32Array {
  const system = { role: 'system', content: chat.template.systemMessage } as const;
  const begins = system.content === '' ? [] : [system];
  // Two questions that share nothing share exactly the beginning.
  const one = encode([...begins, { role: 'user', content: '1' }], '');
  const other = encode([...begins, { role: 'user', content: '?' }], '');
  let common = 0;
  while (common < one.length && one[common] === other[common]) common++;
  return Uint32Array.from(one.slice(0, common));
}
