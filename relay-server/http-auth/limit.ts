import { createHash, randomBytes } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WeftError } from '../../src/protocol/errors.ts';
import { LIMIT_PLACES } from './constants.ts';

export interface LimitInit {
  readonly points: number;
  readonly durationS: number;
}

/** How often something may be asked. */
export interface Limit {
  /** Throws auth/rate-limited. */
  take(key: string): Promise<void>;
}

/**
 * Counts in a fixed number of places, so that nobody fills memory with ever new keys; which keys share a place nobody can
 * know from outside.
 */
export function createLimit({ points, durationS }: LimitInit): Limit {
  const limiter = new RateLimiterMemory({ points, duration: durationS });
  const salt = randomBytes(16);
  const placeOf = (key: string) => createHash('sha256').update(salt).update(key).digest().readUInt32BE() % LIMIT_PLACES;
  return {
    async take(key) {
      try {
        await limiter.consume(String(placeOf(key)));
      } catch {
        throw new WeftError('auth/rate-limited', 'This relay was asked too often from here.', {
          hints: ['Wait a minute, then try again.'],
          retryable: true,
        });
      }
    },
  };
}
