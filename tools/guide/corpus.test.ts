import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { normalize, readCorpus } from './corpus.ts';
import questions from './questions.json' with { type: 'json' };

const corpus = new URL('corpus/', import.meta.url);

test('a wording matches everything it stands for and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-corpus-'));
  await writeFile(
    join(folder, 'a.txt'),
    "## a.b\nq: {|so, }what's {weft|this {page|app}}{| then}\na: x\nk: GPU & page|site\n",
  );
  const topic = (await readCorpus(pathToFileURL(`${folder}/`))).get('a.b');
  await rm(folder, { recursive: true });
  const matches = (text: string) => topic?.wordings.some((wording) => wording.test(normalize(text)));
  expect(matches("What's Weft?")).toBe(true);
  expect(matches('so what’s this app then')).toBe(true);
  expect(matches('what is weft')).toBe(false);
  expect(matches('whats this page now')).toBe(false);
  expect(topic?.facts).toEqual([['gpu'], ['page', 'site']]);
});

test('the exam asks 100 different questions about known topics, none in a wording of the corpus', async () => {
  const topics = await readCorpus(corpus);
  const wordings = [...topics.values()].flatMap((topic) => topic.wordings);
  expect(questions).toHaveLength(100);
  expect(new Set(questions.map(({ question }) => normalize(question))).size).toBe(100);
  expect(questions.filter(({ topic }) => !topics.has(topic))).toEqual([]);
  expect(questions.filter(({ question }) => wordings.some((wording) => wording.test(normalize(question))))).toEqual([]);
});
