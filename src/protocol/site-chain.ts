import * as v from 'valibot';
import { address } from './ids.ts';

const MAX_RPC_URLS = 8;
/** Below this path the page's own server passes calls on to its chain. */
export const RPC_PATH = '/rpc';
/** Where the page's own server gives test tokens. */
export const FAUCET_PATH = '/faucet';

const addressSchema = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hexadecimal digits'),
  v.transform((text) => address(text)),
);
/** 32 bytes. */
const hashSchema = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/, 'must be 0x and 64 hexadecimal digits'));
const chainIdSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const webUrlSchema = v.pipe(v.string(), v.maxLength(600), v.url(), v.regex(/^https?:\/\//));

/** Where the contracts of a network are. */
const contractsSchema = v.object({
  token: addressSchema,
  registry: addressSchema,
  models: addressSchema,
  settlement: addressSchema,
  quorum: addressSchema,
  scores: addressSchema,
});
export type NetworkContracts = v.InferOutput<typeof contractsSchema>;

/** A network on a chain, as its deployment writes it down: the file that WEFT_CONTRACTS names. */
export const deploymentSchema = v.object({
  version: v.literal(1),
  chainId: chainIdSchema,
  /** Two chains may have one id, never one first block. */
  genesisHash: hashSchema,
  /** No event of the contracts is older. */
  fromBlock: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  contracts: contractsSchema,
});
export type Deployment = v.InferOutput<typeof deploymentSchema>;

/** What the page is told of its chain. */
export const siteChainSchema = v.object({
  chainId: chainIdSchema,
  /** The first is preferred; {@link RPC_PATH} is the page's own server. */
  rpcUrls: v.pipe(v.array(v.union([v.literal(RPC_PATH), webUrlSchema])), v.minLength(1), v.maxLength(MAX_RPC_URLS)),
  fromBlock: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  contracts: contractsSchema,
  /** The server's own chain, whose tokens are for trying out. */
  isEmbedded: v.boolean(),
  /** Where tokens can be bought, or null. */
  onRampUrl: v.nullable(v.pipe(webUrlSchema, v.startsWith('https://'))),
});
export type SiteChain = v.InferOutput<typeof siteChainSchema>;
