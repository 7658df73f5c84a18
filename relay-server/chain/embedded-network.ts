import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEther, toHex } from 'viem';
import * as v from 'valibot';
import { deployNetwork, genesisHashOf, planDeployment, verifyDeployment } from '../../src/chain/deploy-network.ts';
import { LOCAL_PARAMETERS } from '../../src/chain/network-parameters.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import { deploymentSchema } from '../../src/protocol/site-chain.ts';
import type { Deployment } from '../../src/protocol/site-chain.ts';
import { isMissing } from '../is-missing.ts';
import { replaceFile } from './chain-files.ts';
import { EMBEDDED_CHAIN_ID } from './constants.ts';
import { startEmbeddedChain } from './embedded-chain.ts';
import type { EmbeddedChain } from './embedded-chain.ts';
import { openOperator } from './operator.ts';
import type { Operator } from './operator.ts';

/** The relay's own chain with a network on it. */
export interface EmbeddedNetwork {
  readonly chain: EmbeddedChain;
  readonly operator: Operator;
  readonly deployment: Deployment;
}

export interface EmbeddedNetworkInit {
  /** Path of anvil. */
  readonly program: string;
  /** The relay's data folder; nobody else may use it. */
  readonly dataFolder: string;
}

/** What the operator's account begins with: fees for as long as anybody tries things out. */
const OPERATOR_WEI = parseEther('1000000000');
const RECORD_FILE = 'contracts.json';

/** Starts the chain and, the first time, deploys to it. Throws an Error that says what to do. */
export async function startEmbeddedNetwork(
  { program, dataFolder }: EmbeddedNetworkInit,
  deps: { readonly warn: (sentence: string) => void },
): Promise<EmbeddedNetwork> {
  const folder = join(dataFolder, 'chain');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const chain = await startEmbeddedChain({ program, chainId: EMBEDDED_CHAIN_ID, folder }, deps);
  try {
    const operator = await openOperator(folder, chain);
    return { chain, operator, deployment: await openDeployment(folder, chain, operator) };
  } catch (error) {
    await chain.stop();
    const why =
      error instanceof WeftError ? error.shortMessage : String(error instanceof Error ? error.message : error);
    throw new Error(
      `The chain's contracts cannot be used: ${why}\nMove ${folder} away to begin a new chain (balances on it are lost ` +
        'then), or set WEFT_CHAIN=none to go on without one.',
      { cause: error },
    );
  }
}

async function openDeployment(folder: string, chain: EmbeddedChain, operator: Operator): Promise<Deployment> {
  const { client, sender } = operator;
  const path = join(folder, RECORD_FILE);
  const recorded = await readRecord(path);
  const head = await client.getBlock();
  // A record of another chain says nothing of this one: somebody moved the old state away to begin anew.
  if (recorded !== null && head.number > 0n && recorded.genesisHash === (await genesisHashOf(client))) {
    await verifyDeployment(recorded, { client });
    return recorded;
  }
  if ((await client.getBalance({ address: sender.address })) < OPERATOR_WEI / 2n) {
    await chain.call('anvil_setBalance', [sender.address, toHex(OPERATOR_WEI)]);
  }
  const own = sender.address;
  const plan = planDeployment({
    chainId: chain.chainId,
    deployer: own,
    firstNonce: 0,
    parameters: LOCAL_PARAMETERS,
    beneficiaries: { team: own, investors: own, community: own, treasury: own, liquidity: own },
    vestingStart: head.timestamp,
  });
  const deployment = await deployNetwork(plan, operator);
  await replaceFile(path, Buffer.from(`${JSON.stringify(deployment, null, 2)}\n`));
  return deployment;
}

async function readRecord(path: string): Promise<Deployment | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), deploymentSchema), text);
  if (!parsed.success) throw new Error(`${path} is damaged: ${parsed.issues[0].message}.`);
  return parsed.output;
}
