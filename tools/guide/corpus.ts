import { readdir, readFile } from 'node:fs/promises';

/** One topic of the guide's corpus as the exam needs it. */
export interface Topic {
  readonly id: string;
  /** Each matches every text that one `q:` line stands for. */
  readonly wordings: readonly RegExp[];
  /** Facts a right answer holds: every group must be met by one of its alternatives. Lower case. */
  readonly facts: readonly (readonly string[])[];
}

/** Reads every `*.txt` of the corpus. The format is described in expand.py, which checks it line by line. */
export async function readCorpus(folder: URL): Promise<ReadonlyMap<string, Topic>> {
  const topics = new Map<string, { id: string; wordings: RegExp[]; facts: string[][] }>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort()) {
    let topic: { id: string; wordings: RegExp[]; facts: string[][] } | undefined;
    for (const line of (await readFile(new URL(file, folder), 'utf8')).split('\n')) {
      const text = line.slice(2).trim();
      if (line.startsWith('## ')) {
        topic = { id: text, wordings: [], facts: [] };
        topics.set(topic.id, topic);
      } else if (line.startsWith('q:')) topic?.wordings.push(wordingPattern(text));
      else if (line.startsWith('k:')) {
        topic?.facts.push(...text.split('&').map((group) => group.split('|').map((fact) => fact.trim().toLowerCase())));
      }
    }
  }
  return topics;
}

/** Lower case, straight quotes, letters and digits only, single spaces: two wordings that differ less are the same. */
export function normalize(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/['’`]/g, '')
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();
}

/** `what is {weft|this}` as a pattern over normalized text. */
function wordingPattern(wording: string): RegExp {
  const source = wording
    .split(/([{|}])/)
    .map((part) => {
      if (part === '{') return '(?:';
      if (part === '|') return '|';
      if (part === '}') return ')';
      // A space may vanish beside an empty choice, so every gap is optional but words stay whole.
      return part
        .toLowerCase()
        .replaceAll(/['’`]/g, '')
        .replaceAll(/[^a-z0-9]+/g, ' ?');
    })
    .join('');
  return new RegExp(`^ ?${source} ?$`);
}
