import type {
  ApiKey,
  ContributeState,
  Finding,
  KnownNode,
  Member,
  MeshHealth,
  MeshModel,
  MeshState,
  MeshView,
  RelayLink,
  RelayOffer,
} from '../node/app.ts';
import { createLive } from '../node/live.ts';
import { WeftError } from '../protocol/errors.ts';
import { address, hex32 } from '../protocol/ids.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12);
/** An account; the same number is the same one. */
export const account = (n: number) => address(new Uint8Array(20).fill(n));
const manifest = (n: number) => hex32(new Uint8Array(32).fill(n));

export function meshModel(part: Partial<MeshModel> = {}): MeshModel {
  return {
    manifest: manifest(7),
    id: 'Qwen3-8B-q4f16_1-MLC',
    title: 'Qwen 3 · 8B',
    parameterCount: 8_190_000_000,
    quantization: 'q4f16_1',
    contextLimit: 40_960,
    vision: false,
    tools: true,
    kind: 'chat',
    providers: 2,
    decodeTokensPerSecond: 41,
    pricePerTokenWei: 0n,
    ...part,
  };
}

export function knownNode(n: number, part: Partial<Omit<KnownNode, 'peer'>> = {}): KnownNode {
  const peer = { peerId: `16Uiu2HA${n}`, address: account(n) };
  return {
    peer,
    card: {
      version: 1,
      ...peer,
      roles: ['provider'],
      issuedAt: NOW_MS / 1000,
      expiresAt: NOW_MS / 1000 + 60,
      models: [
        {
          ...meshModel(),
          defaults: { temperature: 0.7, topP: 0.9, topK: 32, maxTokens: 256, seed: null, stop: [] },
          systemPrompt: '',
          maxTokens: 2_048,
          pricePerTokenWei: '0',
        },
      ],
      load: { running: 1, waiting: 0, limit: 8 },
      isAccepting: true,
      software: 'weft/0.1.0',
    },
    path: 'direct',
    roundTripMs: 12.4,
    score: 5,
    ...part,
  };
}

export function relayLink(part: Partial<RelayLink> = {}): RelayLink {
  return {
    url: 'https://relay.example.org',
    phase: 'ready',
    info: {
      version: 1,
      name: 'The reading room',
      address: account(200),
      peerId: '16Uiu2HARelay',
      multiaddrs: [],
      admission: 'invite',
      chain: null,
      software: 'weft/0.1.0',
      about: 'Run by the library on Mill Street.',
      issuedAt: NOW_MS / 1000,
    },
    role: 'member',
    error: null,
    retryAtMs: null,
    ...part,
  };
}

export function relayOffer(part: Partial<RelayOffer> = {}): RelayOffer {
  return {
    url: 'https://relay.example.org',
    name: 'The reading room',
    about: 'Run by the library on Mill Street.',
    admission: 'invite',
    invite: 'aW52aXRl',
    isJoined: false,
    ...part,
  };
}

export function contributeState(part: Partial<ContributeState> = {}): ContributeState {
  return {
    status: 'off',
    paused: null,
    models: [],
    modelIds: [],
    running: 0,
    waiting: 0,
    consumers: 0,
    jobs: 0,
    tokens: 0,
    recentTokensPerSecond: [],
    earnedWei: 0n,
    rules: {
      pauseOnBattery: true,
      pauseWhenBusy: true,
      schedule: null,
      maxWaiting: 8,
      maxTokens: 2_048,
      keepAwake: true,
    },
    test: null,
    error: null,
    ...part,
  };
}

export interface FakeMesh {
  readonly view: MeshView;
  /** Verbs in the order of their calls, as "leave https://relay.example.org". */
  readonly calls: string[];
  setState(state: Partial<MeshState>): void;
  setHealth(health: MeshHealth): void;
  setModels(models: readonly MeshModel[]): void;
  setContribute(part: Partial<ContributeState>): void;
  /** What the relay of this page offers. */
  own: RelayOffer | null;
  /** What the next link leads to; an error is thrown. */
  next: RelayOffer | WeftError;
  findings: readonly Finding[];
  memberList: readonly Member[];
  keys: readonly ApiKey[];
  /** The next verb that may fail, fails with this. */
  fails: WeftError | null;
}

interface FakeMeshInit {
  readonly isJoined?: boolean;
  readonly role?: 'member' | 'admin';
  readonly mayAskOthers?: boolean;
}

/** A mesh in memory: the nodes behind a real one are other browsers. */
export function createFakeMesh(init: FakeMeshInit = {}): FakeMesh {
  const { isJoined = false, role = 'member', mayAskOthers = true } = init;
  const state = createLive<MeshState>(
    isJoined
      ? { relays: [relayLink({ role })], nodes: [knownNode(1), knownNode(2, { path: 'relayed', roundTripMs: 96 })] }
      : { relays: [], nodes: [] },
  );
  const health = createLive<MeshHealth>(isJoined ? 'good' : 'off');
  const models = createLive<readonly MeshModel[]>(isJoined ? [meshModel()] : []);
  const contribute = createLive<ContributeState>(contributeState());
  const may = createLive(mayAskOthers);
  const calls: string[] = [];

  const act = (what: string): Promise<void> => {
    calls.push(what);
    const { fails } = fake;
    fake.fails = null;
    return fails === null ? Promise.resolve() : Promise.reject(fails);
  };
  const fake: FakeMesh = {
    calls,
    own: null,
    next: relayOffer(),
    findings: [],
    memberList: [],
    keys: [],
    fails: null,
    setState: (part) => state.set({ ...state.current, ...part }),
    setHealth: (next) => health.set(next),
    setModels: (next) => models.set(next),
    setContribute: (part) => contribute.set({ ...contribute.current, ...part }),
    view: {
      state,
      health,
      models,
      contribute,
      mayAskOthers: may,
      async setMayAskOthers(allowed) {
        await act(`may ask ${allowed}`);
        may.set(allowed);
      },
      ownRelay: () => Promise.resolve(fake.own),
      async look(text) {
        await act(`look ${text}`);
        if (fake.next instanceof WeftError) throw fake.next;
        return fake.next;
      },
      async join(offer) {
        await act(`join ${offer.url} ${offer.invite ?? 'without an invitation'}`);
        state.set({ ...state.current, relays: [relayLink({ url: offer.url, role })] });
        health.set('alone');
      },
      async leave(url) {
        await act(`leave ${url}`);
        state.set({ relays: state.current.relays.filter((relay) => relay.url !== url), nodes: [] });
      },
      retry: (url) => void calls.push(`retry ${url}`),
      async setContributing(on) {
        await act(`contribute ${on}`);
        contribute.set({ ...contribute.current, status: on ? 'on' : 'off' });
      },
      async setRules(rules) {
        await act(`rules ${JSON.stringify(rules)}`);
        contribute.set({ ...contribute.current, rules });
      },
      async *examine(signal) {
        for (const finding of fake.findings) {
          await Promise.resolve();
          signal.throwIfAborted();
          yield finding;
        }
        await act('examined');
      },
      async invite(url, { uses, expiresInS, role: invited }) {
        await act(`invite ${uses} ${expiresInS} ${invited}`);
        return { link: `${url}/#/join/${'aB3_'.repeat(70)}`, expiresAtMs: NOW_MS + expiresInS * 1000 };
      },
      async members(url) {
        await act(`members ${url}`);
        return fake.memberList;
      },
      async setBlocked(_url, member, isBlocked) {
        await act(`${isBlocked ? 'block' : 'unblock'} ${member}`);
        fake.memberList = fake.memberList.map((one) => (one.address === member ? { ...one, isBlocked } : one));
      },
      async apiKeys(url) {
        await act(`keys ${url}`);
        return fake.keys;
      },
      async createApiKey(_url, { name, dailyTokens }) {
        await act(`create key ${name} ${dailyTokens ?? 'without a bound'}`);
        const key = { id: name, name, createdAtMs: NOW_MS, lastUsedAtMs: null, dailyTokens, usedToday: 0 };
        fake.keys = [...fake.keys, key];
        return 'weft-0123456789abcdef';
      },
      async revokeApiKey(_url, id) {
        await act(`revoke ${id}`);
        fake.keys = fake.keys.filter((key) => key.id !== id);
      },
    },
  };
  return fake;
}
