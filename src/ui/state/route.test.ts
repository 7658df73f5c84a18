import { describe, expect, it } from 'vitest';
import { chatRoute, formatRoute, parseRoute, type Route } from './route.ts';

describe('parseRoute', () => {
  it.each<Route>([
    chatRoute('0190c1d2-3e4f-7a5b-8c6d-0123456789ab'),
    chatRoute(null),
    { screen: 'models' },
    { screen: 'contribute' },
    { screen: 'network' },
    { screen: 'wallet' },
    { screen: 'join', invite: 'a-B_3' },
  ])('reads what it wrote: %j', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it('has an address for each screen beside the chats', () => {
    expect(parseRoute('#/models')).toEqual({ screen: 'models' });
    expect(parseRoute('#/wallet')).toEqual({ screen: 'wallet' });
  });

  it.each([
    '',
    '#',
    '#/',
    '#/c/',
    '#/c/a/b',
    '#/c/<script>',
    '#/models/',
    '#/Models',
    '#/wallet/',
    '#/join/',
    '#/join/a/b',
    `#/join/${'a'.repeat(701)}`,
    `#/c/${'a'.repeat(65)}`,
  ])('takes %j for a new chat', (hash) => {
    expect(parseRoute(hash)).toEqual(chatRoute(null));
  });
});
