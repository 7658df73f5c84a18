import { readFile } from 'node:fs/promises';
import { openLab } from '../lab/open-lab.ts';
import { readCorpus } from './corpus.ts';

/** Share of questions whose answer must hold all facts. */
const PASS_RATIO = 0.8;

const questions = JSON.parse(await readFile(new URL('questions.json', import.meta.url), 'utf8')) as {
  topic: string;
  question: string;
}[];
const topics = await readCorpus(new URL('corpus/', import.meta.url));
const lab = await openLab({ onLine: (line) => console.log(`  ${line}`) });
const startedAt = performance.now();
const answers = await lab
  .call<string[]>('tools/guide/score.page.ts', 'answerAll', { questions: questions.map(({ question }) => question) })
  .finally(() => lab.close());

let right = 0;
let facts = 0;
let factsFound = 0;
for (const [index, { topic, question }] of questions.entries()) {
  const wanted = topics.get(topic)?.facts;
  if (wanted === undefined) throw new Error(`questions.json asks about ${topic}, which the corpus does not have.`);
  const answer = answers[index] ?? '';
  const missing = wanted.filter((group) => !group.some((fact) => answer.toLowerCase().includes(fact)));
  facts += wanted.length;
  factsFound += wanted.length - missing.length;
  if (missing.length === 0) right++;
  else {
    console.log(
      `\n✗ ${question}  (${topic})\n  answered: ${answer}\n  missing: ${missing.map((group) => group.join(' or ')).join('; ')}`,
    );
  }
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
console.log(`\nfacts found: ${factsFound} of ${facts}`);
console.log(`questions with every fact: ${right} of ${questions.length} (wanted: ${PASS_RATIO * 100} %), ${seconds} s`);
console.log(`${right} passed, ${questions.length - right} failed`);
process.exitCode = right >= PASS_RATIO * questions.length ? 0 : 1;
