import type * as Xgrammar from '@mlc-ai/web-xgrammar';
import scriptUrl from '@mlc-ai/web-xgrammar?url';
import { WeftError } from '../protocol/errors.ts';

let instances = 0;

/**
 * A new instance of the grammar compiler. Its script keeps the one that it made and, where it is no module of Node, puts
 * it into the global scope; under an address of its own it runs anew. The fragment is not part of what is fetched, so
 * that every instance comes from the one stored file.
 */
export async function importXgrammar(): Promise<typeof Xgrammar> {
  const scope = globalThis as { xgrammar?: typeof Xgrammar };
  delete scope.xgrammar;
  await import(/* @vite-ignore */ `${scriptUrl}#${++instances}`);
  const made = Reflect.get(scope, 'xgrammar');
  if (made !== undefined) return made;
  throw new WeftError('app/internal', 'What keeps answers to a form did not start.', { hints: ['Reload the page.'] });
}
