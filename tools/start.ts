import { parseArgs } from 'node:util';
import { startRelay } from '../relay-server/main.ts';
import type { RunningRelay } from '../relay-server/main.ts';
import type { TlsChoice } from '../relay-server/tls/read-tls.ts';
import { buildPage } from './build-page.ts';

try {
  const tls = readTlsFlags();
  const startedAt = performance.now();
  console.log('Building the page …');
  if (await buildPage()) console.log(`Built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  else console.log('Nothing changed since the last build.');
  const relay = await startRelay(process.env, tls);
  console.log(
    `\n  Weft is ready:  ${relay.url}\n\nOpen it in Chrome, Edge, Safari 26 or Firefox 141. Ctrl+C stops it.\n`,
  );
  console.log(describeHosts(relay.modelHosts));
  console.log(describeChain(relay.chain));
  if (relay.fingerprint !== null) {
    console.log(
      `The server signed its certificate itself, so browsers ask before they open the page. Its SHA-256 is\n  ${relay.fingerprint}`,
    );
  }
  if (relay.adminLink !== null) {
    console.log(
      `Nobody manages this relay yet. Whoever opens this link first does; it counts once:\n  ${relay.adminLink}`,
    );
  }
  if (relay.modelCount !== null) {
    console.log(`The models folder holds ${relay.modelCount === 1 ? 'one model' : `${relay.modelCount} models`}.`);
  }
} catch (error) {
  console.error(`\nWeft could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** `--tls self`, or `--tls-cert FILE --tls-key FILE`. */
function readTlsFlags(): TlsChoice {
  const { values } = parseArgs({
    options: { tls: { type: 'string' }, 'tls-cert': { type: 'string' }, 'tls-key': { type: 'string' } },
  });
  const { tls, 'tls-cert': certFile, 'tls-key': keyFile } = values;
  if (tls === undefined && certFile === undefined && keyFile === undefined) return { kind: 'none' };
  if (tls === 'self' && certFile === undefined && keyFile === undefined) return { kind: 'self' };
  if (tls === undefined && certFile !== undefined && keyFile !== undefined) return { kind: 'files', certFile, keyFile };
  throw new Error('TLS is either --tls self, or --tls-cert FILE and --tls-key FILE together.');
}

function describeHosts(hosts: readonly string[]): string {
  if (hosts.length === 0) return 'The page talks to this server only.';
  const names = new Intl.ListFormat('en').format(hosts.map((host) => new URL(host).host));
  return `For larger models the page may offer to contact ${names}; it asks the person first.`;
}

function describeChain(chain: RunningRelay['chain']): string {
  if (chain === null) return 'This mesh has no chain: everything costs nothing.';
  if (!chain.isEmbedded) return `Payments go over chain ${chain.chainId}.`;
  return 'Payments go over a chain of its own, with test tokens.';
}
