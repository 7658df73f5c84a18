import { createEngineClient } from '../../src/engine/client.ts';

/** Runs in the laboratory page: loads the guide as the product does and answers each question in a fresh chat. */
export async function answerAll({ questions }: { questions: readonly string[] }): Promise<string[]> {
  const engine = createEngineClient();
  const guide = {
    id: 'weft-guide',
    baseUrl: new URL('/models/weft-guide/', location.href).href,
    libraryUrl: null,
    runtime: 'builtin',
    contextLimit: null,
  } as const;
  const model = await engine.load(guide, {});
  const answers: string[] = [];
  for (const question of questions) {
    let text = '';
    const system = { role: 'system', content: model.systemPrompt } as const;
    const turns = [...(system.content === '' ? [] : [system]), { role: 'user', content: question } as const];
    // Greedy and within a fixed length: the exam gives the same marks on every run of one machine.
    const sampling = { ...model.defaults, temperature: 0, maxTokens: 120, seed: 1 };
    for await (const event of engine.generate({ model: guide, turns, answerPrefix: '', sampling }, {})) {
      if (event.type === 'token') text += event.text;
    }
    answers.push(text);
    if (answers.length % 10 === 0) console.log(`${answers.length} of ${questions.length} answered`);
  }
  await engine.unload();
  return answers;
}
