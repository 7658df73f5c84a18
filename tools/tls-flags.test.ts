import { expect, test } from 'vitest';
import { readTlsFlags } from './tls-flags.ts';

test.each([
  [[], { kind: 'none' }],
  [['--tls', 'self'], { kind: 'self' }],
  [['--tls-cert', 'a', '--tls-key', 'b'], { kind: 'files', certFile: 'a', keyFile: 'b' }],
])('%j is understood', (args, choice) => {
  expect(readTlsFlags(args)).toEqual(choice);
});

test.each([[['--tls', 'yes']], [['--tls-cert', 'a']], [['--tls', 'self', '--tls-key', 'b']]])(
  '%j is refused with what to write',
  (args) => {
    expect(() => readTlsFlags(args)).toThrow(/--tls self, or --tls-cert FILE and --tls-key FILE/);
  },
);
