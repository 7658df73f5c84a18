import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRelayApp } from '../relay-server/app.ts';
import { openChain } from '../relay-server/chain/open-chain.ts';
import { readConfig } from '../relay-server/config.ts';
import { listen } from '../relay-server/listen.ts';

export interface ChainRelay {
  readonly url: string;
  readonly chainId: number;
  /** The chain goes, the page's server stays. */
  stopChain(): Promise<void>;
  remove(): Promise<void>;
}

/** A relay over the built page with a chain of its own, new and empty. */
export async function startChainRelay(): Promise<ChainRelay> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-chain-'));
  const config = readConfig({ WEFT_DATA_DIR: folder, WEFT_CHAIN: 'embedded' });
  const chain = await openChain(config, { warn: () => undefined });
  if (chain === null) throw new Error('This platform has no anvil.');
  const pageFolder = fileURLToPath(new URL('../dist/', import.meta.url));
  const server = await listen(createRelayApp({ pageFolder, version: 'test' }, { chain }), {
    host: '127.0.0.1',
    port: null,
  });
  let isUp = true;
  const stopChain = async () => {
    if (!isUp) return;
    isUp = false;
    await chain.stop();
  };
  return {
    url: server.url,
    chainId: chain.site.chainId,
    stopChain,
    async remove() {
      await server.close();
      await stopChain();
      await rm(folder, { recursive: true });
    },
  };
}
