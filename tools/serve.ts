import { startRelay } from '../relay-server/main.ts';
import type { RunningRelay } from '../relay-server/main.ts';
import { readTlsFlags } from './tls-flags.ts';

// Serves the page that was built last; npm start builds it first.
try {
  const relay = await startRelay(process.env, readTlsFlags(process.argv.slice(2)));
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
