import type { ModelRef } from './engine.ts';

/** Whether two references mean the same files on the same runtime. */
export function isSameModel(a: ModelRef, b: ModelRef): boolean {
  return (
    a.id === b.id &&
    a.baseUrl === b.baseUrl &&
    a.libraryUrl === b.libraryUrl &&
    a.runtime === b.runtime &&
    a.contextLimit === b.contextLimit &&
    a.layers?.from === b.layers?.from &&
    a.layers?.to === b.layers?.to
  );
}
