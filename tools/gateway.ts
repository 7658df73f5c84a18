import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createEncodeThread } from '../relay-server/gateway/encode-in-thread.ts';
import { openRelayKey } from '../relay-server/p2p/relay-key.ts';
import { createRelayClient } from '../src/mesh/relay-client/relay-client.ts';
import { meshDomain } from '../src/node/mesh/mesh-domain.ts';
import type { RelayLink } from '../src/mesh/host/mesh-host.ts';
import type { Address } from '../src/protocol/ids.ts';
import { WeftError } from '../src/protocol/errors.ts';
import { startLoopbackServer } from './gateway/loopback-server.ts';
import { openMemberNode } from './gateway/member-node.ts';
import { readOptions } from './gateway/read-options.ts';

/** A member's own endpoint for programs on its computer: see docs/gateway.md. */
try {
  await run();
} catch (error) {
  const { shortMessage, hints } = WeftError.from(error);
  console.error([shortMessage, ...hints].join(' '));
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const defaultDataFolder = fileURLToPath(new URL('../.weft/gateway', import.meta.url));
  const options = readOptions(process.argv.slice(2), { env: process.env, defaultDataFolder });
  const { url, invite } = options.relay;
  const { privateKey, signer } = await openRelayKey(options.dataFolder, 'gateway-key');
  const clientOf = (known: Address | null) =>
    createRelayClient(
      { url, known },
      { fetch, signer, nowS: () => Math.floor(Date.now() / 1_000), random: (sizeBytes) => randomBytes(sizeBytes) },
    );
  const info = await clientOf(null).look();
  const thread = createEncodeThread();
  const node = await openMemberNode(
    { relay: { url, known: info.address, invite }, privateKey, domain: meshDomain(info.chain) },
    {
      signer,
      door: ({ known }) => clientOf(known),
      encodePrompt: thread.encode,
      onLink: (link) => {
        const line = describeLink(link, info.name);
        if (line !== null) console.log(line);
      },
    },
  );
  // Texts of failures hold no prompts.
  const onError = (error: unknown) => console.error(`A request failed: ${WeftError.from(error).shortMessage}`);
  const server = await startLoopbackServer(options, { backend: node.backend, onError }).catch(
    async (error: unknown) => {
      await node.stop();
      await thread.stop();
      throw error;
    },
  );
  console.log(
    `Tools on this computer find it at ${server.url}v1, ${options.key === null ? 'without a key' : 'with the key of WEFT_GATEWAY_KEY'}. Ctrl+C stops it.`,
  );
  console.log('Your questions go to the member that answers; the relay passes them on encrypted.');

  const stop = async () => {
    void server.close();
    await node.stop();
    await thread.stop();
    process.exit(0);
  };
  process.once('SIGINT', () => void stop());
  process.once('SIGTERM', () => void stop());
}

/** Null: nothing that whoever looks at the console waits for. */
function describeLink({ phase, error }: RelayLink, name: string): string | null {
  if (phase === 'ready') return `Joined ${name}.`;
  if (error === null || (phase !== 'refused' && phase !== 'waiting')) return null;
  return [`${name}:`, error.message, ...error.hints].join(' ');
}
