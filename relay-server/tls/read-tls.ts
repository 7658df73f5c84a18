import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RelayConfig } from '../config.ts';
import { fingerprintOf, openSelfSigned } from './self-signed.ts';
import type { Certificate } from './self-signed.ts';

/** From the command line: `--tls self`, or `--tls-cert FILE --tls-key FILE`. */
export type TlsChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'self' }
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string };

export interface ServerTls extends Certificate {
  /** Of a certificate that the server signed itself, for whoever opens the page to compare; else null. */
  readonly fingerprint: string | null;
}

/** What was chosen, read and checked; null for plain HTTP. Throws an Error that names the file and what is wrong. */
export async function readTls(
  choice: TlsChoice,
  config: Pick<RelayConfig, 'dataFolder' | 'hosts'>,
): Promise<ServerTls | null> {
  if (choice.kind === 'none') return null;
  if (choice.kind === 'self') {
    const made = await openSelfSigned(join(config.dataFolder, 'tls'), config.hosts, { nowMs: Date.now });
    return { ...made, fingerprint: fingerprintOf(made.cert) };
  }
  const [cert, key] = await Promise.all([readPem('--tls-cert', choice.certFile), readPem('--tls-key', choice.keyFile)]);
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new Error('--tls-cert must name a certificate and --tls-key its key, both as PEM.', { cause });
  }
  if (!isPair) throw new Error('The key of --tls-key is not the one of the certificate of --tls-cert.');
  return { cert, key, fingerprint: null };
}

async function readPem(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`The file of ${flag} cannot be read: ${path}.`, { cause });
  }
}
