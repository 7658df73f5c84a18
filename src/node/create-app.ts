import type { CatalogueModel } from '../engine/catalogue/catalogue-model.ts';
import type { SigningDomain } from '../protocol/eip712/digest.ts';
import { WeftError } from '../protocol/errors.ts';
import type { SiteChain } from '../protocol/site-chain.ts';
import { createRelayClient } from '../mesh/relay-client/relay-client.ts';
import { newId } from '../storage/new-id.ts';
import { openStoredReceipts } from '../storage/receipt-book.ts';
import type { AdapterInfo, WeftApp } from './app.ts';
import { createChatTools } from './chat-tools/chat-tools.ts';
import { createChangeFeed } from './chats/change-feed.ts';
import type { OpenBroadcast } from './tabs/tab-feed.ts';
import { createChatHub } from './chats/chat-hub.ts';
import { createChatStore } from './chats/chat-store.ts';
import { createDrafts } from './chats/drafts.ts';
import { openChats } from './chats/open-chats.ts';
import { purgeDeleted } from './chats/purge-deleted.ts';
import { createAnswerLocks } from './consumer/answer-locks.ts';
import { createAsker } from './consumer/ask.ts';
import { createRecovery } from './consumer/recover.ts';
import { createDevice } from './device.ts';
import type { DeviceHooks } from './device.ts';
import type { Energy } from './energy.ts';
import { createEngineSession } from './engine-session.ts';
import { startPageGateway } from './gateway/start-page-gateway.ts';
import type { PageGatewayDeps } from './gateway/start-page-gateway.ts';
import { createNodeIdentity } from './identity/node-identity.ts';
import type { NodeIdentityDeps } from './identity/node-identity.ts';
import { createMeshEngine } from './consumer/mesh/mesh-engine.ts';
import { withMeshModels } from './consumer/mesh/model-options.ts';
import { createMesh } from './mesh/create-mesh.ts';
import type { MeshDeps } from './mesh/create-mesh.ts';
import { createLeadingMesh } from './mesh/leading-mesh.ts';
import type { MeshModel } from './mesh/mesh-view.ts';
import { createModels } from './models/create-models.ts';
import type { ModelsDeps } from './models/create-models.ts';
import { readyModels } from './models/ready-models.ts';
import { createLive } from './live.ts';
import { createNotices } from './notices.ts';
import { SOFTWARE_VERSION } from './software-version.ts';
import type { EngineTurns } from './tabs/engine-turns.ts';
import { createTabEngine } from './tabs/tab-engine.ts';
import type { LocalEngine } from './tabs/tab-engine.ts';
import { createWallet } from './wallet/create-wallet.ts';

/** The note that keeps the chosen model. */
const MODEL_NOTE = 'model-id';

export interface WeftAppInit {
  /** Comes with the page: the default, and what answers when nothing else can. Others may come with it. */
  readonly shipped: readonly [CatalogueModel, ...CatalogueModel[]];
  /** About the device and the page's address. */
  readonly origin: string;
  readonly memoryGiB: number | null;
  readonly isMobile: boolean;
  /** Another database than the page's (tests). */
  readonly databaseName?: string;
}

export interface WeftAppDeps
  extends
    DeviceHooks,
    Pick<ModelsDeps, 'caches' | 'fetch' | 'wait' | 'random' | 'loadCatalogue' | 'onOnline'>,
    Pick<NodeIdentityDeps, 'browserWallet'>,
    Pick<MeshDeps, 'hasGpu' | 'hasWebRtc'> {
  /** `navigator.locks`; null where the browser has none (an insecure origin). */
  readonly locks: LockManager | null;
  readonly openBroadcast: OpenBroadcast;
  /** `navigator.storage`; null where the browser has none. */
  readonly storageManager: StorageManager | null;
  /** `navigator.serviceWorker`, which passes on what pages of this origin ask; null where the browser has none. */
  readonly serviceWorker: PageGatewayDeps['worker'] | null;
  /** What the machine has to spare. */
  readonly energy: Energy;
  /** Called when this tab comes to lead: makes the engine that owns the GPU. */
  readonly createLocalEngine: () => LocalEngine;
  /** Calls the listener whenever the page may be about to go (hidden, left). */
  readonly onPageHidden: (listener: () => void) => void;
  readonly nowMs?: () => number;
}

export interface RunningApp extends WeftApp {
  /** Resolves when answers that a crash left behind are closed and old deletions are purged. */
  readonly started: Promise<void>;
  /** Stores what is unsaved at once. */
  flush(): Promise<void>;
  /** Stops answers, stores what is unsaved, lets go of the lead and of the database. */
  stop(): Promise<void>;
}

/** Brings the rooms together for one tab. */
export function createWeftApp(init: WeftAppInit, deps: WeftAppDeps): RunningApp {
  const nowMs = deps.nowMs ?? Date.now;
  const notices = createNotices(nowMs);
  const report = (error: unknown) => notices.report(WeftError.from(error));

  const database = openChats({
    report,
    ...(init.databaseName === undefined ? {} : { name: init.databaseName }),
  });
  const readNote = async (name: string) => (await database).readNote(name);
  const writeNote = async (name: string, value: unknown) => (await database).writeNote(name, value);

  const feed = createChangeFeed(deps);
  const hub = createChatHub({ database, feed, onError: report });
  const drafts = createDrafts({ hub, onError: report });
  /** Of this tab while it leads. */
  let turns: EngineTurns | null = null;
  /** Known before the mesh is: models are picked from both. */
  const meshModels = createLive<readonly MeshModel[]>([]);
  const engine = createTabEngine(
    { tabId: newId(nowMs()) },
    {
      ...deps,
      around(own) {
        turns = own;
        return createMeshEngine({
          local: own,
          consumer: async () => (await mesh.leading())?.consumer ?? null,
          mayAskOthers: () => mesh.mayAsk(),
        });
      },
    },
  );
  const adapter = createLive<AdapterInfo | null>(null);
  const models = createModels(init, { ...deps, readNote, writeNote, adapter, onError: report, nowMs });
  const session = createEngineSession({
    models: withMeshModels(readyModels(init.shipped[0], models.state), meshModels),
    engine,
    energy: deps.energy,
    async readModelId() {
      const id = await readNote(MODEL_NOTE);
      // A downloaded model is known once what is stored was looked at; the shipped one is not loaded meanwhile.
      if (id !== init.shipped[0].id) await models.started;
      return id;
    },
    writeModelId: (modelId) => writeNote(MODEL_NOTE, modelId),
    async repair(modelId) {
      try {
        if ((await models.check(modelId)).length === 0) return false;
        await models.download(modelId);
        return true;
      } catch {
        // What keeps it from being repaired is on its card; that it did not load is told either way.
        return false;
      }
    },
  });

  const identity = createNodeIdentity(
    { report, ...(init.databaseName === undefined ? {} : { databaseName: `${init.databaseName}-identity` }) },
    {
      ...deps,
      leads: () => session.state.current.role === 'leader',
      signingDomain: () => signingDomainOf(wallet.site),
      nowMs,
    },
  );
  const wallet = createWallet(init, {
    ...deps,
    readNote,
    writeNote,
    key: identity.view.state,
    sign(digest) {
      if (identity.current === null) throw new WeftError('identity/no-key', 'There is no key to sign with.');
      return identity.current.sign(digest);
    },
    nowMs,
  });

  const relayClient: MeshDeps['relayClient'] = (url, signer, known = null) =>
    createRelayClient(
      { url, known },
      {
        fetch: deps.fetch,
        signer,
        nowS: () => Math.floor(nowMs() / 1000),
        random: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
      },
    );
  const mesh = createMesh(init, {
    ...deps,
    role: engine.role,
    readNote,
    writeNote,
    identity,
    relayClient,
    lead: (events) =>
      createLeadingMesh(events, {
        identity,
        turns: () => turns,
        engine,
        energy: deps.energy,
        ownModel: () => session.ownModel(),
        relayClient,
        receipts: () =>
          openStoredReceipts(init.databaseName === undefined ? {} : { name: `${init.databaseName}-receipts` }, {
            nowMs,
          }),
        // Only who joined a mesh loads what it takes.
        openNode: async (...args) => (await import('./mesh/mesh-node.ts')).openMeshNode(...args),
        software: SOFTWARE_VERSION,
        nowMs,
      }),
    onError: report,
  });
  mesh.models.subscribe((served) => meshModels.set(served));

  session.state.subscribe(({ model }) => {
    if (model !== null && model.runtime !== 'mesh') adapter.set(model.adapter);
  });

  const stopGateway =
    deps.serviceWorker === null
      ? null
      : startPageGateway(
          { origin: init.origin, shipped: init.shipped[0] },
          {
            worker: deps.serviceWorker,
            leads: () => engine.role.current === 'leader',
            engine,
            models: () => models.state.current,
            nodes: () => mesh.state.current.nodes,
            onError: report,
          },
        );

  // A download of gigabytes is work, too: a screen that goes dark often takes the network with it.
  let endDownload: (() => void) | null = null;
  models.state.subscribe(({ entries }) => {
    const isDownloading = entries.some(({ stored }) => stored === 'downloading');
    if (isDownloading === (endDownload !== null)) return;
    endDownload?.();
    endDownload = isDownloading ? deps.energy.begin() : null;
  });

  const locks = createAnswerLocks(deps);
  const asker = createAsker({
    hub,
    tools: createChatTools({ hub, nowMs }),
    feed,
    session,
    locks,
    onError: report,
    onAnswered: (answer) => {
      if (answer.state === 'complete') device.answered().catch(report);
    },
    nowMs,
  });
  const flush = async () => {
    await Promise.all([drafts.flush(), asker.flush()]);
  };
  const device = createDevice({
    ...deps,
    backend: database.then(({ backend }) => backend),
    readNote,
    writeNote,
    flush,
    onError: report,
  });
  const recovery = createRecovery({ hub, feed, locks, onError: report });
  deps.onPageHidden(() => void flush());

  const started = (async () => {
    try {
      await recovery.start();
      await purgeDeleted({ hub, nowMs });
    } catch (error) {
      report(error);
    }
  })();

  return {
    notices,
    device,
    engine: session,
    models,
    identity: identity.view,
    wallet,
    mesh,
    chats: createChatStore({ hub, drafts, stopAnswer: (conversationId) => asker.stop(conversationId), nowMs }),
    ask: {
      ...asker,
      send: (conversationId, text, chat) =>
        drafts.send(conversationId, (written) => asker.send(conversationId, text, chat, written)),
    },
    started,
    flush,

    async stop() {
      stopGateway?.();
      recovery.stop();
      await asker.close();
      await drafts.flush();
      await models.stop();
      await mesh.stop();
      wallet.stop();
      identity.stop();
      engine.stop();
      deps.energy.stop();
      feed.close();
      (await database).close();
    },
  };
}

/** What an owner signs for the node counts on this chain and in this deployment only. */
function signingDomainOf(site: SiteChain | null): SigningDomain | null {
  return site === null ? null : { chainId: BigInt(site.chainId), verifyingContract: site.contracts.settlement };
}
