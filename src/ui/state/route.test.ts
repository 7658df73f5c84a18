import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute } from './route.ts';

describe('parseRoute', () => {
  it('reads a chat and writes it back', () => {
    const route = { chatId: '0190c1d2-3e4f-7a5b-8c6d-0123456789ab' };
    expect(parseRoute(formatRoute(route))).toEqual(route);
    expect(parseRoute(formatRoute({ chatId: null }))).toEqual({ chatId: null });
  });

  it.each(['', '#', '#/', '#/c/', '#/c/a/b', '#/c/<script>', '#/models', `#/c/${'a'.repeat(65)}`])(
    'takes %j for a new chat',
    (hash) => {
      expect(parseRoute(hash)).toEqual({ chatId: null });
    },
  );
});
