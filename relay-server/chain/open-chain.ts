import { mkdir, readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import * as v from 'valibot';
import type { PublicClient } from 'viem';
import { createChainClient } from '../../src/chain/chain-client.ts';
import { verifyDeployment } from '../../src/chain/deploy-network.ts';
import { explainNetworkError } from '../../src/chain/network-error.ts';
import { deploymentSchema, FAUCET_PATH, RPC_PATH } from '../../src/protocol/site-chain.ts';
import type { Deployment, SiteChain } from '../../src/protocol/site-chain.ts';
import type { RelayConfig } from '../config.ts';
import { findAnvil } from './anvil-binary.ts';
import { startEmbeddedNetwork } from './embedded-network.ts';
import { createFaucetRoutes } from './faucet-routes.ts';
import { giveTokens } from './give-tokens.ts';
import { lockFolder } from './lock-folder.ts';
import { createRpcRoutes } from './rpc-routes.ts';

/** The chain of a mesh, as the relay serves it. */
export interface RelayChain {
  readonly site: SiteChain;
  /** What the page asks of the server itself; null where the page talks to the chain's RPC. */
  readonly routes: Hono<{ Bindings?: HttpBindings }> | null;
  /** For what the relay itself reads of it. */
  readonly client: PublicClient;
  stop(): Promise<void>;
}

export interface OpenChainDeps {
  readonly warn: (sentence: string) => void;
}

type OpenChainConfig = Pick<RelayConfig, 'chain' | 'dataFolder' | 'hosts' | 'onRampUrl' | 'isBehindProxy'>;

/** Starts or checks what is configured; null for none. Throws an Error that says what to do. */
export async function openChain(config: OpenChainConfig, deps: OpenChainDeps): Promise<RelayChain | null> {
  const { chain } = config;
  if (chain.kind === 'none') return null;
  if (chain.kind === 'external') return openExternal(chain, config, deps);
  const program = findAnvil();
  if (program === null) {
    const fact = `npm has no anvil for this platform (${process.platform} ${process.arch})`;
    if (chain.kind === 'embedded') {
      throw new Error(
        `${fact}, so there can be no chain of its own. Set WEFT_CHAIN=none, or WEFT_RPC_URL and WEFT_CONTRACTS.`,
      );
    }
    deps.warn(`${fact}: this mesh has no chain, and everything costs nothing.`);
    return null;
  }
  return openEmbedded(program, config, deps);
}

async function openEmbedded(program: string, config: OpenChainConfig, deps: OpenChainDeps): Promise<RelayChain> {
  const { dataFolder, hosts, isBehindProxy } = config;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(dataFolder);
  try {
    const network = await startEmbeddedNetwork({ program, dataFolder }, deps);
    const { chain, deployment } = network;
    const routes = new Hono<{ Bindings?: HttpBindings }>();
    routes.route(RPC_PATH, createRpcRoutes({ hosts, isBehindProxy }, chain));
    routes.route(FAUCET_PATH, createFaucetRoutes({ hosts, isBehindProxy }, { give: (to) => giveTokens(to, network) }));
    return {
      site: { ...siteOf(deployment), rpcUrls: [RPC_PATH], isEmbedded: true, onRampUrl: config.onRampUrl },
      routes,
      client: network.operator.client,
      async stop() {
        await chain.stop();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openExternal(
  { rpcUrls, contractsFile }: Extract<RelayConfig['chain'], { kind: 'external' }>,
  { onRampUrl }: OpenChainConfig,
  deps: OpenChainDeps,
): Promise<RelayChain> {
  const deployment = await readDeployment(contractsFile);
  const client = createChainClient({ chainId: deployment.chainId, rpcUrls });
  try {
    await verifyDeployment(deployment, { client });
  } catch (error) {
    const explained = explainNetworkError(error);
    if (explained.code === 'chain/wrong-chain' || explained.code === 'chain/refused') {
      throw new Error(`${explained.shortMessage} Correct WEFT_CONTRACTS or WEFT_RPC_URL.`, { cause: error });
    }
    // The page talks to the RPC itself, and says so where it does not answer: no reason to keep everything else back.
    deps.warn('The RPC of WEFT_RPC_URL does not answer now, so the contracts were not checked.');
  }
  return {
    site: { ...siteOf(deployment), rpcUrls: [...rpcUrls], isEmbedded: false, onRampUrl },
    routes: null,
    client,
    stop: () => Promise.resolve(),
  };
}

async function readDeployment(path: string): Promise<Deployment> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`WEFT_CONTRACTS=${path} cannot be read. Name the file that npm run deploy wrote.`, { cause });
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), deploymentSchema), text);
  if (parsed.success) return parsed.output;
  throw new Error(`WEFT_CONTRACTS=${path} is no record of contracts: ${parsed.issues[0].message}.`);
}

function siteOf({ chainId, fromBlock, contracts }: Deployment): Pick<SiteChain, 'chainId' | 'fromBlock' | 'contracts'> {
  return { chainId, fromBlock, contracts };
}
