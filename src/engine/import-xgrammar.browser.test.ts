import { expect, test } from 'vitest';
import { importXgrammar } from './import-xgrammar.ts';

test('every instance is a new one: what ended one for good does not touch the next', async () => {
  const first = await importXgrammar();
  let schema: object = { type: 'text' };
  for (let depth = 0; depth < 20; depth++) schema = { type: 'array', items: schema };
  const good = JSON.stringify({ type: 'string' });
  (await first.Grammar.fromJSONSchema(good)).dispose();
  for (let at = 0; at < 8; at++) await expect(first.Grammar.fromJSONSchema(JSON.stringify(schema))).rejects.toThrow();
  await expect(first.Grammar.fromJSONSchema(good)).rejects.toThrow();

  const second = await importXgrammar();
  expect(second.Grammar).not.toBe(first.Grammar);
  (await second.Grammar.fromJSONSchema(good)).dispose();
});
