import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../chain/chain-files.ts';
import { isMissing } from '../is-missing.ts';

/** What a TLS server needs, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const CERT_FILE = 'tls-certificate.pem';
const KEY_FILE = 'tls-key.pem';
const DAY_MS = 86_400_000;
/** Browsers refuse longer ones. */
const VALID_DAYS = 397;
const RENEW_BEFORE_DAYS = 30;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * A certificate that the server signs itself, for this computer's addresses and the given names. It is kept, so that who
 * has agreed to it once is not asked again, and made anew where it runs out or lacks a name.
 */
export async function openSelfSigned(
  folder: string,
  hosts: readonly string[],
  deps: { readonly nowMs: () => number },
): Promise<Certificate> {
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hosts, ...ownAddresses()])];
  const kept = await readKept(folder);
  if (kept !== null && isUsable(kept, names, deps.nowMs())) return kept;
  const made = await make(names, deps.nowMs());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(join(folder, KEY_FILE), Buffer.from(made.key));
  await replaceFile(join(folder, CERT_FILE), Buffer.from(made.cert));
  return made;
}

/** As browsers show it: SHA-256 of the certificate. */
export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256;
}

async function readKept(folder: string): Promise<Certificate | null> {
  try {
    const [cert, key] = await Promise.all([
      readFile(join(folder, CERT_FILE), 'utf8'),
      readFile(join(folder, KEY_FILE), 'utf8'),
    ]);
    return { cert, key };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isUsable({ cert }: Certificate, names: readonly string[], nowMs: number): boolean {
  try {
    const parsed = new X509Certificate(cert);
    const isFresh = Date.parse(parsed.validTo) - nowMs > RENEW_BEFORE_DAYS * DAY_MS;
    return isFresh && names.every((name) => (isIP(name) === 0 ? parsed.checkHost(name) : parsed.checkIP(name)));
  } catch {
    // Not whole; it is made anew.
    return false;
  }
}

async function make(names: readonly string[], nowMs: number): Promise<Certificate> {
  // The library's container reads this polyfill as it loads.
  await import('reflect-metadata');
  const { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Weft',
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + (VALID_DAYS - 1) * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
      ),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith('fe80:'));
}
