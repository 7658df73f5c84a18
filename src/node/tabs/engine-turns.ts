import type { Engine, GenerateEvent } from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';
import { MAX_WAITING } from './constants.ts';

interface Waiting {
  /** How many are before this one now; zero: it is its turn. */
  readonly moved: (ahead: number) => void;
}

/**
 * The same engine with its answers one after the other, first come, first served, each told how many are before it.
 * Throws app/busy where too many wait.
 */
export function createEngineTurns(engine: Engine): Engine {
  const line: Waiting[] = [];
  const tellAll = () => {
    for (const [ahead, waiting] of line.entries()) waiting.moved(ahead);
  };

  return {
    load: (model, options) => engine.load(model, options),
    audit: (ids, positions, options) => engine.audit(ids, positions, options),
    selfTest: (options) => engine.selfTest(options),
    unload: () => engine.unload(),

    async *generate(request, options): AsyncGenerator<GenerateEvent> {
      if (line.length > MAX_WAITING) {
        throw new WeftError('app/busy', `${line.length} answers are waiting for the engine already.`, {
          hints: ['Wait until one of them has ended, or stop it.'],
          retryable: true,
        });
      }
      const { signal } = options;
      let changed = Promise.withResolvers<undefined>();
      let ahead = line.length;
      const own: Waiting = {
        moved(now) {
          if (now === ahead) return;
          ahead = now;
          changed.resolve(undefined);
        },
      };
      line.push(own);
      const onAbort = () => changed.resolve(undefined);
      signal?.addEventListener('abort', onAbort);
      try {
        while (ahead > 0) {
          yield { type: 'queued', ahead };
          await changed.promise;
          changed = Promise.withResolvers<undefined>();
          signal?.throwIfAborted();
        }
        yield* engine.generate(request, options);
      } finally {
        signal?.removeEventListener('abort', onAbort);
        line.splice(line.indexOf(own), 1);
        tellAll();
      }
    },
  };
}
