import type { Fetch } from '../../engine/session/fetch-bytes.ts';
import { WeftError } from '../../protocol/errors.ts';
import { hex32 } from '../../protocol/ids.ts';
import type { Address, Hex32 } from '../../protocol/ids.ts';
import type { SiteChain } from '../../protocol/site-chain.ts';
import type { KeyState } from '../identity/identity-view.ts';
import { createLive } from '../live.ts';
import type { Live } from '../live.ts';
import { readModelNotes } from '../models/model-notes.ts';
import type { NotesDeps } from '../models/model-notes.ts';
import { SITE_NOTE } from '../models/constants.ts';
import { readSiteConfig } from '../models/read-site-config.ts';
import { holdLock } from '../tabs/hold-lock.ts';
import { askFaucet } from './ask-faucet.ts';
import { READ_EVERY_MS, WALLET_LOCK } from './constants.ts';
import type { AccountNetwork } from './open-network.ts';
import type { ActOptions, Wallet, WalletAction, WalletProgress, WalletState } from './wallet.ts';

export interface WalletInit {
  /** The page's own. */
  readonly origin: string;
}

export interface WalletDeps extends NotesDeps {
  readonly fetch: Fetch;
  readonly key: Live<KeyState>;
  /** Throws identity/locked. */
  readonly sign: (digest: Hex32) => Uint8Array;
  readonly nowMs: () => number;
}

export interface RunningWallet extends Wallet {
  /** What the server said of its chain; null where it has none, or was not asked yet. */
  readonly site: SiteChain | null;
  stop(): void;
}

type Plan = (network: AccountNetwork, account: Address) => Promise<readonly Request[]> | readonly Request[];
type Request = Parameters<AccountNetwork['sender']['send']>[0];

/** The wallet of this profile, for one tab. It asks nobody anything before somebody looks at it or a verb is called. */
export function createWallet({ origin }: WalletInit, deps: WalletDeps): RunningWallet {
  const stopped = new AbortController();
  let site: SiteChain | null | undefined;
  let network: { readonly of: string; readonly opened: Promise<AccountNetwork> } | null = null;
  let isActing = false;
  let reading: Promise<void> | null = null;
  let readingNext: Promise<void> | null = null;

  const state = createLive<WalletState>(
    { status: 'starting' },
    {
      onWatched() {
        void wallet.refresh();
        const timer = setInterval(() => {
          if (site !== undefined) void readAnew();
        }, READ_EVERY_MS);
        return () => clearInterval(timer);
      },
    },
  );

  const addressNow = (): Address | null => {
    const now = deps.key.current;
    return now.status === 'open' || now.status === 'locked' ? now.address : null;
  };
  const networkOf = (chain: SiteChain, address: Address): Promise<AccountNetwork> => {
    const of = `${address} ${JSON.stringify(chain)}`;
    if (network?.of !== of) {
      const signer = { address, sign: async (digest: Hex32) => Promise.resolve(deps.sign(digest)) };
      // Only who looks at money loads what speaks to chains.
      const opened = import('./open-network.ts').then(({ openNetwork }) =>
        openNetwork({ site: chain, origin }, { signer, nowMs: deps.nowMs }),
      );
      network = { of, opened };
    }
    return network.opened;
  };
  /** Changes the state of the account on screen; another account's late news is dropped. */
  const update = (address: Address, part: Partial<Extract<WalletState, { status: 'ready' }>>) => {
    const now = state.current;
    if (now.status === 'ready' && now.address === address) state.set({ ...now, ...part });
  };
  const show = (chain: SiteChain): Address | null => {
    const address = addressNow();
    const now = state.current;
    const { chainId, isEmbedded, onRampUrl } = chain;
    const shown = { chainId, isEmbedded, onRampUrl };
    if (address === null) state.set({ status: 'no-key', chain: shown });
    else if (now.status !== 'ready' || now.address !== address || JSON.stringify(now.chain) !== JSON.stringify(shown)) {
      const blank = { figures: null, isReading: false, error: null, progress: null };
      state.set({ status: 'ready', chain: shown, address, ...blank });
    }
    return address;
  };

  const readOnce = async () => {
    if (site === undefined || stopped.signal.aborted) return;
    if (site === null) {
      state.set({ status: 'no-chain' });
      return;
    }
    const address = show(site);
    if (address === null) return;
    update(address, { isReading: true });
    try {
      const figures = await (await networkOf(site, address)).readFigures();
      update(address, { figures, error: null, isReading: false });
    } catch (error) {
      update(address, { error: WeftError.from(error, 'chain/unreachable').toWire(), isReading: false });
    }
  };
  /** Resolves after a reading that began after this call; calls meanwhile share the next. */
  const readAnew = (): Promise<void> => {
    if (reading === null) {
      reading = readOnce().finally(() => {
        reading = null;
      });
      return reading;
    }
    readingNext ??= reading.then(() => {
      readingNext = null;
      return readAnew();
    });
    return readingNext;
  };
  const readSite = async () => {
    const told = await readSiteConfig({ origin, signal: stopped.signal }, deps);
    if (told !== null) site = told.chain;
    // Where the server does not answer, its last word counts.
    else if ((await deps.readNote(SITE_NOTE)) !== undefined) site ??= (await readModelNotes(deps)).site.chain;
  };

  const none = (sentence: string, hint: string) => new WeftError('chain/none', sentence, { hints: [hint] });
  const act = async (
    action: WalletAction,
    options: ActOptions,
    work: (
      run: (requests: readonly Request[]) => Promise<Hex32>,
      network: AccountNetwork,
      address: Address,
    ) => Promise<Hex32>,
  ): Promise<Hex32> => {
    if (site === undefined) await readSite();
    if (site === undefined) {
      throw new WeftError('chain/unreachable', 'The server did not say which chain it has.', {
        hints: ['Check the connection, then try again.'],
        retryable: true,
      });
    }
    if (site === null) throw none('This mesh has no chain: everything costs nothing.', 'Use a mesh that has one.');
    const address = show(site);
    if (address === null) throw none('There is no key to hold money.', 'Create one, or recover one from its phrase.');
    const lock = deps.locks === null ? null : await holdLock(deps.locks, WALLET_LOCK);
    if (isActing || (deps.locks !== null && lock === null)) {
      throw new WeftError('app/busy', 'Another movement of this wallet is under way.', {
        hints: ['Wait until it is in a block.'],
        retryable: true,
      });
    }
    isActing = true;
    const tell = (progress: WalletProgress) => {
      update(address, { progress });
      options.onProgress?.(progress);
    };
    try {
      const opened = await networkOf(site, address);
      tell({ action, status: 'asking', step: 1, steps: 1, transaction: null });
      const last = await work(
        async (requests) => {
          let transaction: Hex32 | null = null;
          const steps = requests.length;
          for (const [index, request] of requests.entries()) {
            const step = index + 1;
            const receipt = await opened.sender.send(request, {
              signal: options.signal,
              onStep: (sent) => tell({ action, step, steps, ...progressOf(sent) }),
            });
            transaction = hex32(receipt.transactionHash);
            tell({ action, status: 'confirmed', step, steps, transaction });
          }
          if (transaction !== null) return transaction;
          throw new WeftError('chain/reverted', 'There is nothing to withdraw.', {
            hints: ['Wait until finished jobs are settled.'],
          });
        },
        opened,
        address,
      );
      await readAnew();
      return last;
    } finally {
      isActing = false;
      lock?.release();
      update(address, { progress: null });
    }
  };
  const doing = (action: WalletAction, options: ActOptions | undefined, plan: Plan) =>
    act(action, options ?? {}, async (run, opened, address) => run(await plan(opened, address)));
  const above0 = (amount: bigint) => {
    if (amount > 0n) return;
    throw new WeftError('app/bad-request', 'The amount must be above zero.', { hints: ['Enter an amount.'] });
  };

  const forgetKey = deps.key.subscribe(() => {
    if (site != null) void readAnew();
  });

  const wallet: RunningWallet = {
    state,
    get site() {
      return site ?? null;
    },
    async refresh() {
      try {
        await readSite();
        await readAnew();
      } catch {
        // Only a page that is going, or a disk that fails, gets here; the next look tries again.
      }
    },
    faucet: (options = {}) =>
      act('faucet', options, async (_run, _opened, address) => {
        if (site?.isEmbedded !== true) {
          throw new WeftError('chain/faucet', 'The tokens of this chain are not given away.', {
            hints: ['Have somebody send you some.'],
          });
        }
        const transaction = await askFaucet({ origin, address, signal: options.signal }, deps);
        options.onProgress?.({ action: 'faucet', status: 'confirmed', step: 1, steps: 1, transaction });
        return transaction;
      }),
    async deposit(amount, options) {
      above0(amount);
      return doing('deposit', options, ({ plan }) => plan.deposit(amount));
    },
    announceWithdrawal: (amount, options) =>
      doing('announce-withdrawal', options, ({ plan }) => plan.announceWithdrawal(amount)),
    withdraw: (options) => doing('withdraw', options, ({ plan }) => plan.withdraw()),
    withdrawEarnings: (options) =>
      doing('withdraw-earnings', options, ({ plan }, address) =>
        plan.withdrawEarnings(payoutOf(deps.key.current) ?? address),
      ),
    async stake(amount, options) {
      above0(amount);
      return doing('stake', options, ({ plan }) => plan.stake(amount));
    },
    unstake: (options) => doing('unstake', options, ({ plan }) => plan.unstake()),
    withdrawStake: (options) => doing('withdraw-stake', options, ({ plan }) => plan.withdrawStake()),
    stop() {
      stopped.abort();
      forgetKey();
    },
  };
  return wallet;
}

function progressOf(sent: { status: 'signing' } | { status: 'sent'; hash: Hex32 }) {
  return sent.status === 'sent'
    ? ({ status: 'sent', transaction: sent.hash } as const)
    : ({ status: 'signing', transaction: null } as const);
}

/** Whom the owner behind the key named to be paid. */
function payoutOf(key: KeyState): Address | null {
  return key.status === 'open' || key.status === 'locked' ? (key.delegation?.message.payout ?? null) : null;
}
