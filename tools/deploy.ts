import { readFile, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { BaseError, createPublicClient, formatEther, http } from 'viem';
import * as v from 'valibot';
import { createChainClient } from '../src/chain/chain-client.ts';
import { deployNetwork, planDeployment } from '../src/chain/deploy-network.ts';
import type { DeploymentPlan } from '../src/chain/deploy-network.ts';
import { explainNetworkError, NETWORK_ERRORS } from '../src/chain/network-error.ts';
import { DEFAULT_PARAMETERS, LOCAL_PARAMETERS } from '../src/chain/network-parameters.ts';
import type { TransactionSigner } from '../src/chain/signer.ts';
import { createTransactionSender } from '../src/chain/transaction-sender.ts';
import { addressOf } from '../src/protocol/eip712/address-of.ts';
import { signDigest } from '../src/protocol/eip712/signature.ts';
import { WeftError } from '../src/protocol/errors.ts';
import { address, fromHex } from '../src/protocol/ids.ts';

/**
 * Deploys the contracts of a network to any EVM chain and writes down where they are. The key comes from the file that
 * WEFT_DEPLOY_KEY_FILE names, or from WEFT_DEPLOY_KEY: what stands on a command line, every program on the computer can read.
 */
const USAGE = `npm run deploy -- --rpc URL --beneficiaries FILE [--out contracts.json] [--dry-run] [--local]

  --beneficiaries  JSON with the addresses team, investors, community, treasury and liquidity
  --out            where the addresses are written, for WEFT_CONTRACTS
  --dry-run        prints what would be sent, and sends nothing
  --local          windows of seconds instead of days, for trying out
  WEFT_DEPLOY_KEY_FILE or WEFT_DEPLOY_KEY holds the private key: 0x and 64 hexadecimal digits`;

/** Naming the modules cannot be estimated before there is a registry. */
const WIRING_GAS = 150_000n;

const accountSchema = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hexadecimal digits'),
  v.transform((text) => address(text)),
);
const beneficiariesSchema = v.strictObject({
  team: accountSchema,
  investors: accountSchema,
  community: accountSchema,
  treasury: accountSchema,
  liquidity: accountSchema,
});
const begunSchema = v.object({
  chainId: v.number(),
  deployer: accountSchema,
  firstNonce: v.number(),
  vestingStart: v.pipe(
    v.string(),
    v.regex(/^\d{1,12}$/),
    v.transform((text) => BigInt(text)),
  ),
});

try {
  await deploy();
} catch (error) {
  // What the client says itself repeats the RPC's address, and with it perhaps a key.
  const isOfChain = error instanceof BaseError || error instanceof WeftError;
  const { shortMessage, hints } = isOfChain ? explainNetworkError(error) : WeftError.from(error);
  console.error([shortMessage, ...hints].join(' '));
  process.exitCode = 1;
}

async function deploy(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rpc: { type: 'string' },
      beneficiaries: { type: 'string' },
      out: { type: 'string', default: 'contracts.json' },
      'dry-run': { type: 'boolean', default: false },
      local: { type: 'boolean', default: false },
    },
  });
  const { rpc, beneficiaries, out } = values;
  if (rpc === undefined || beneficiaries === undefined) throw new Error(USAGE);
  if ((await readText(out)) !== null) throw new Error(`${out} is there already. Name another file with --out.`);
  const chainId = await createPublicClient({ transport: http(rpc) }).getChainId();
  const client = createChainClient({ chainId, rpcUrls: [rpc] });
  const signer = await readSigner();
  const begunFile = `${out}.begun`;
  const begunText = await readText(begunFile);
  const begun =
    begunText === null
      ? {
          chainId,
          deployer: signer.address,
          firstNonce: await client.getTransactionCount({ address: signer.address, blockTag: 'pending' }),
          vestingStart: (await client.getBlock()).timestamp,
        }
      : v.parse(v.pipe(v.string(), v.parseJson(), begunSchema), begunText);
  if (begun.chainId !== chainId || begun.deployer !== signer.address) {
    throw new Error(`${begunFile} is of another chain or key. Go on with those, or move it away to begin anew.`);
  }
  const plan = planDeployment({
    ...begun,
    parameters: values.local ? LOCAL_PARAMETERS : DEFAULT_PARAMETERS,
    beneficiaries: v.parse(
      v.pipe(v.string(), v.parseJson(), beneficiariesSchema),
      await readFile(beneficiaries, 'utf8'),
    ),
  });
  console.log(
    `Chain ${chainId}, deployed by ${signer.address}${begunText === null ? '' : ' (goes on where it was)'}\n`,
  );
  for (const [name, at] of Object.entries(plan.contracts)) console.log(`  ${name.padEnd(11)} ${at}`);
  if (begunText === null) console.log(await describeCost(plan, client));
  if (values['dry-run']) {
    console.log('\nNothing was sent.');
    return;
  }
  await writeFile(begunFile, JSON.stringify({ ...begun, vestingStart: String(begun.vestingStart) }), { mode: 0o600 });
  const sender = createTransactionSender({ client, signer, ...NETWORK_ERRORS });
  const deployment = await deployNetwork(plan, { client, sender, onStep: (sentence) => console.log(sentence) });
  await writeFile(out, `${JSON.stringify(deployment, null, 2)}\n`);
  await rm(begunFile);
  console.log(
    `\nDeployed and checked. Start the relay with WEFT_RPC_URL=${new URL(rpc).origin}/… WEFT_CONTRACTS=${out}`,
  );
}

async function describeCost(plan: DeploymentPlan, client: ReturnType<typeof createChainClient>): Promise<string> {
  const account = plan.deployer;
  const parts = await Promise.all(plan.creations.map(({ data }) => client.estimateGas({ account, data })));
  const gas = parts.reduce((sum, part) => sum + part, WIRING_GAS);
  const { maxFeePerGas } = await client.estimateFeesPerGas();
  return `\n${plan.creations.length + 1} transactions, about ${gas} gas: at most ${formatEther(gas * maxFeePerGas)} of the chain's coin.`;
}

async function readSigner(): Promise<TransactionSigner> {
  const file = process.env['WEFT_DEPLOY_KEY_FILE'];
  const text = (file === undefined ? process.env['WEFT_DEPLOY_KEY'] : await readFile(file, 'utf8'))?.trim() ?? '';
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new Error('WEFT_DEPLOY_KEY_FILE or WEFT_DEPLOY_KEY must hold a private key: 0x and 64 hexadecimal digits.');
  }
  const key = fromHex(text, 32);
  return {
    address: addressOf(secp256k1.getPublicKey(key)),
    sign: (digest) => Promise.resolve(signDigest(digest, key)),
  };
}

/** Null where there is no such file. */
async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
