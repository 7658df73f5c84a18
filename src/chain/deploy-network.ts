import { encodeDeployData, encodeFunctionData, getContractAddress, toHex, zeroAddress, zeroHash } from 'viem';
import type { Hex, PublicClient } from 'viem';
import { WeftError } from '../protocol/errors.ts';
import { address, hex32 } from '../protocol/ids.ts';
import type { Address, Hex32 } from '../protocol/ids.ts';
import type { Deployment, NetworkContracts } from '../protocol/site-chain.ts';
import { RECEIPT_POLL_MS, RECEIPT_TIMEOUT_MS } from './constants.ts';
import { isCodeOf } from './contract-code.ts';
import type { ContractCode } from './contract-code.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { inferenceQuorumCode } from './generated/inference-quorum-code.ts';
import { modelRegistryAbi } from './generated/model-registry-abi.ts';
import { modelRegistryCode } from './generated/model-registry-code.ts';
import { nodeRegistryAbi } from './generated/node-registry-abi.ts';
import { nodeRegistryCode } from './generated/node-registry-code.ts';
import { scoreBoardAbi } from './generated/score-board-abi.ts';
import { scoreBoardCode } from './generated/score-board-code.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { settlementCode } from './generated/settlement-code.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { weftTokenCode } from './generated/weft-token-code.ts';
import type { NetworkParameters } from './network-parameters.ts';
import type { TransactionSender } from './transaction-sender.ts';

/** Who gets the token's supply. */
interface Beneficiaries {
  readonly team: Address;
  readonly investors: Address;
  readonly community: Address;
  readonly treasury: Address;
  readonly liquidity: Address;
}

export interface DeploymentPlanInit {
  readonly chainId: number;
  readonly deployer: Address;
  /** Number of the deployer's first transaction here; the addresses follow from it. */
  readonly firstNonce: number;
  readonly parameters: NetworkParameters;
  readonly beneficiaries: Beneficiaries;
  /** Seconds since 1970. */
  readonly vestingStart: bigint;
}

export interface DeploymentPlan extends DeploymentPlanInit {
  readonly contracts: NetworkContracts;
  /** In the order of the deployer's transactions. */
  readonly creations: readonly { readonly name: keyof NetworkContracts; readonly data: Hex }[];
  /** Names the contracts that may lock and slash stakes; the last transaction. */
  readonly wiring: { readonly to: Address; readonly data: Hex };
}

const SLASH_MULTIPLE = 10;

const CODES: Readonly<Record<keyof NetworkContracts, ContractCode>> = {
  token: weftTokenCode,
  registry: nodeRegistryCode,
  models: modelRegistryCode,
  settlement: settlementCode,
  quorum: inferenceQuorumCode,
  scores: scoreBoardCode,
};
const ORDER = ['token', 'registry', 'models', 'settlement', 'quorum', 'scores'] as const;

/** Everything that a deployment will send and where its contracts will be. Nothing is sent. */
export function planDeployment(init: DeploymentPlanInit): DeploymentPlan {
  const { chainId, deployer, firstNonce, parameters } = init;
  const [token, registry, models, settlement, quorum, scores] = ORDER.map((_, index) =>
    address(getContractAddress({ from: deployer, nonce: BigInt(firstNonce + index) })),
  ) as [Address, Address, Address, Address, Address, Address];
  const contracts = { token, registry, models, settlement, quorum, scores };
  const { providerBond, validatorBond, cooldownSeconds, cooldownBlocks, minSlash } = parameters;
  const genesis = { ...init.beneficiaries, ...parameters.vesting, vestingStart: init.vestingStart };
  const creations = [
    encodeDeployData({ abi: weftTokenAbi, bytecode: weftTokenCode.creation, args: [genesis] }),
    encodeDeployData({
      abi: nodeRegistryAbi,
      bytecode: nodeRegistryCode.creation,
      args: [token, { providerBond, validatorBond, cooldownSeconds, cooldownBlocks }],
    }),
    encodeDeployData({
      abi: modelRegistryAbi,
      bytecode: modelRegistryCode.creation,
      args: [token, parameters.publishFee],
    }),
    encodeDeployData({
      abi: settlementAbi,
      bytecode: settlementCode.creation,
      args: [token, registry, { ...parameters.settlement, slashMultiple: SLASH_MULTIPLE, minSlash }],
    }),
    encodeDeployData({
      abi: inferenceQuorumAbi,
      bytecode: inferenceQuorumCode.creation,
      args: [
        token,
        registry,
        {
          ...parameters.quorum,
          // No other chain's intents are imported.
          cChainId: zeroHash,
          aChainId: toHex(chainId, { size: 32 }),
          verifier: zeroAddress,
          minSlash,
          slashDissenters: false,
        },
      ],
    }),
    encodeDeployData({
      abi: scoreBoardAbi,
      bytecode: scoreBoardCode.creation,
      args: [registry, settlement, parameters.scoreRunSeconds, minSlash],
    }),
  ];
  const data = encodeFunctionData({
    abi: nodeRegistryAbi,
    functionName: 'wire',
    args: [[settlement, quorum, scores]],
  });
  return {
    ...init,
    contracts,
    creations: ORDER.map((name, index) => ({ name, data: creations[index]! })),
    wiring: { to: registry, data },
  };
}

export interface DeployNetworkDeps {
  readonly client: PublicClient;
  readonly sender: TransactionSender;
  readonly onStep?: (sentence: string) => void;
}

/**
 * Sends what is missing of a plan and checks all of it: where an earlier run ended in the middle, this one goes on. Throws
 * chain/refused where the deployer's account was used for something else meanwhile, and what the sender throws.
 */
export async function deployNetwork(plan: DeploymentPlan, deps: DeployNetworkDeps): Promise<Deployment> {
  const { client, sender } = deps;
  await untilMined(plan.deployer, client);
  const confirmations: Promise<unknown>[] = [];
  for (const [index, { name, data }] of plan.creations.entries()) {
    const at = plan.contracts[name];
    const code = await client.getCode({ address: at });
    if (isCodeOf(code, CODES[name])) continue;
    const nonce = await client.getTransactionCount({ address: plan.deployer, blockTag: 'pending' });
    if (code !== undefined || nonce !== plan.firstNonce + index) {
      throw new WeftError('chain/refused', `The ${name} contract could not be put at ${at}.`, {
        hints: ['The deployer’s account sent something else meanwhile. Deploy anew from the start.'],
      });
    }
    // The next goes out as soon as this one has its number: a block holds several.
    await new Promise<void>((resolve, reject) => {
      const confirmed = sender.send({ to: null, data }, { onStep: ({ status }) => status === 'sent' && resolve() });
      confirmations.push(confirmed);
      confirmed.catch(reject);
    });
    deps.onStep?.(`Sent the ${name} contract.`);
  }
  await Promise.all(confirmations);
  const [genesisHash, { fromBlock, isWired }] = await Promise.all([genesisHashOf(client), stateOf(plan, client)]);
  if (!isWired) {
    deps.onStep?.('Naming the contracts that may hold stakes.');
    await sender.send(plan.wiring);
  }
  const deployment: Deployment = {
    version: 1,
    chainId: plan.chainId,
    genesisHash,
    fromBlock,
    contracts: plan.contracts,
  };
  await verifyDeployment(deployment, { client });
  return deployment;
}

/** What an earlier run sent may still be under way. Throws chain/not-confirmed where it stays so. */
async function untilMined(account: Address, client: PublicClient): Promise<void> {
  const until = performance.now() + RECEIPT_TIMEOUT_MS;
  for (;;) {
    const [pending, mined] = await Promise.all([
      client.getTransactionCount({ address: account, blockTag: 'pending' }),
      client.getTransactionCount({ address: account }),
    ]);
    if (pending === mined) return;
    if (performance.now() > until) {
      throw new WeftError('chain/not-confirmed', 'What the deployer sent earlier is in no block yet.', {
        hints: ['Wait until it is, then run this again.'],
      });
    }
    await new Promise((resolve) => setTimeout(resolve, RECEIPT_POLL_MS));
  }
}

async function stateOf({ contracts }: DeploymentPlan, client: PublicClient) {
  const [isWired, head] = await Promise.all([
    client.readContract({
      address: contracts.registry,
      abi: nodeRegistryAbi,
      functionName: 'isModule',
      args: [contracts.settlement],
    }),
    client.getBlockNumber(),
  ]);
  // Nobody can have used the contracts before this block but whoever interrupted the deployment.
  return { isWired, fromBlock: Number(head) };
}

/** The first block's hash, by the second's word: anvil writes its first block anew at every start. Throws before there is one. */
export async function genesisHashOf(client: PublicClient): Promise<Hex32> {
  return hex32((await client.getBlock({ blockNumber: 1n })).parentHash);
}

/**
 * Checks that a network is where its record says: the chain, and the code of every contract. Throws chain/wrong-chain and
 * chain/refused, with a sentence that names what differs.
 */
export async function verifyDeployment(
  { chainId, genesisHash, contracts }: Deployment,
  { client }: { readonly client: PublicClient },
): Promise<void> {
  const [actualId, actualGenesis, ...codes] = await Promise.all([
    client.getChainId(),
    genesisHashOf(client),
    ...ORDER.map((name) => client.getCode({ address: contracts[name] })),
  ]);
  if (actualId !== chainId || actualGenesis !== genesisHash) {
    throw new WeftError(
      'chain/wrong-chain',
      `The contracts were recorded on another chain than this one (${actualId}).`,
    );
  }
  for (const [index, name] of ORDER.entries()) {
    if (isCodeOf(codes[index], CODES[name])) continue;
    const what = codes[index] === undefined ? 'There is no contract' : 'There is another contract than recorded';
    throw new WeftError('chain/refused', `${what} at ${contracts[name]}, where the ${name} contract should be.`);
  }
}
