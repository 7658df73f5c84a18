import { parseArgs } from 'node:util';
import type { TlsChoice } from '../relay-server/tls/read-tls.ts';

/** `--tls self`, or `--tls-cert FILE --tls-key FILE`. Throws an Error that says so for anything else. */
export function readTlsFlags(args: readonly string[]): TlsChoice {
  const { values } = parseArgs({
    args: [...args],
    options: { tls: { type: 'string' }, 'tls-cert': { type: 'string' }, 'tls-key': { type: 'string' } },
  });
  const { tls, 'tls-cert': certFile, 'tls-key': keyFile } = values;
  if (tls === undefined && certFile === undefined && keyFile === undefined) return { kind: 'none' };
  if (tls === 'self' && certFile === undefined && keyFile === undefined) return { kind: 'self' };
  if (tls === undefined && certFile !== undefined && keyFile !== undefined) return { kind: 'files', certFile, keyFile };
  throw new Error('TLS is either --tls self, or --tls-cert FILE and --tls-key FILE together.');
}
