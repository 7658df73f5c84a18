import type { Engine, ModelInfo, ModelRef } from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { CapabilityCard, CardModel } from '../../protocol/mesh/capability-card.ts';
import type { Energy } from '../energy.ts';
import { pauseReason } from '../provider/pause-reason.ts';
import type { Provider } from '../provider/provider.ts';
import type { ContributeRules, ContributeState, MeshState, PauseReason } from './mesh-view.ts';

/** How often rules are looked at and figures told. */
const LOOK_EVERY_MS = 2_000;
/** Milliseconds that answers for others get to end after the switch was turned off. */
const DRAIN_MS = 60_000;
/** Longest system prompt on a card. */
const MAX_PROMPT_CHARS = 4_000;

/** The model that this device answers with. */
interface OwnModel {
  readonly ref: ModelRef;
  readonly title: string;
}

export interface ContributionDeps {
  /** Loads and tests it, in its turn. */
  readonly engine: Engine;
  readonly provider: Provider;
  /** The one the person uses; null: none of this device's. */
  readonly ownModel: () => OwnModel | null;
  /** True while this node's own person is being answered, or waits. */
  readonly isOwnChatBusy: () => boolean;
  readonly meshState: () => MeshState;
  readonly energy: Pick<Energy, 'state' | 'begin'>;
  readonly setCard: (card: Pick<CapabilityCard, 'roles' | 'models' | 'load' | 'isAccepting'>) => void;
  readonly onChange: (state: ContributeState) => void;
  readonly now: () => Date;
}

/** What this node does for others: tested before, within the person's rules, and drained before it ends. */
export interface Contribution {
  /** Makes it what the person wants. Resolves when it is, or failed; the state tells. */
  settle(wanted: { readonly isOn: boolean; readonly rules: ContributeRules }): Promise<void>;
  /** Looks again at once: a relay came, another model was chosen. */
  look(): void;
  stop(): Promise<void>;
}

interface Serving {
  readonly own: OwnModel;
  readonly info: ModelInfo;
  readonly tokensPerSecond: number;
}

export function createContribution(initial: ContributeState, deps: ContributionDeps): Contribution {
  const { engine, provider } = deps;
  let state = initial;
  let serving: Serving | null = null;
  let testing: AbortController | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  let endWork: (() => void) | null = null;

  /** What was said last; the same again is left to the host, which repeats it before it expires. */
  let said = '';
  const setCard: ContributionDeps['setCard'] = (card) => {
    const text = JSON.stringify(card);
    if (text === said) return;
    said = text;
    deps.setCard(card);
  };

  const show = (part: Partial<ContributeState>) => {
    state = { ...state, ...part };
    deps.onChange(state);
  };

  const pausedBy = (): PauseReason | null => {
    const { relays, nodes } = deps.meshState();
    const isReached = relays.some(({ phase }) => phase === 'ready') || nodes.some(({ path }) => path === 'direct');
    if (!isReached) return 'no-relay';
    if (serving === null) return 'no-model';
    const reason = pauseReason(state.rules, deps.now(), deps.energy.state.current);
    return reason ?? (deps.isOwnChatBusy() ? 'own-chat' : null);
  };

  /** Tells the mesh and the page how it is now. */
  const look = () => {
    if (state.status === 'off') {
      setCard({ roles: ['consumer'], models: [], load: { running: 0, waiting: 0, limit: 0 }, isAccepting: false });
      return;
    }
    const paused = state.status === 'on' ? pausedBy() : null;
    const activity = provider.activity();
    // Its own chat makes guests wait; only what lasts turns them away.
    const isAccepting = state.status === 'on' && (paused === null || paused === 'own-chat');
    provider.accept(isAccepting);
    const isAwake = isAccepting && state.rules.keepAwake;
    if (isAwake !== (endWork !== null)) {
      endWork?.();
      endWork = isAwake ? deps.energy.begin() : null;
    }
    setCard({
      roles: ['consumer', 'provider'],
      models: serving === null || !isAccepting ? [] : [cardModelOf(serving, state.rules)],
      load: { running: activity.running, waiting: activity.waiting, limit: state.rules.maxWaiting },
      isAccepting,
    });
    const models = serving === null ? [] : [serving.own.title];
    const modelIds = serving === null || !isAccepting ? [] : [serving.own.ref.id];
    show({ paused, models, modelIds, ...activity });
  };

  const begin = async () => {
    const own = deps.ownModel();
    const controller = new AbortController();
    testing = controller;
    show({ status: 'testing', error: null, test: null, paused: null });
    try {
      if (own === null) {
        throw new WeftError('engine/not-loaded', 'There is no model on this device that could answer others.', {
          hints: ['Choose a model of this device first.'],
        });
      }
      const { signal } = controller;
      const info = await engine.load(own.ref, { signal });
      const { ok, checks } = await engine.selfTest({ signal });
      show({ test: checks.map((check) => ({ ok: check.ok, detail: check.detail })) });
      if (!ok) {
        throw new WeftError('engine/self-test', 'The GPU of this device did not pass the test, so it serves nobody.', {
          hints: ['Update the graphics driver or the browser, then turn the switch on again.'],
        });
      }
      const tokensPerSecond = checks.find(({ name }) => name === 'decode-speed')?.value ?? 0;
      serving = { own, info, tokensPerSecond };
      provider.serve({ ref: own.ref, info });
      show({ status: 'on' });
      timer = setInterval(() => void follow(), LOOK_EVERY_MS);
      look();
    } catch (error) {
      if (controller.signal.aborted) return;
      show({ status: 'off', error: WeftError.from(error).toWire() });
      look();
    } finally {
      if (testing === controller) testing = null;
    }
  };

  /** Another model of the device, once it was chosen, is what is served; what runs ends first. */
  const follow = async () => {
    const own = deps.ownModel();
    if (state.status === 'on' && own !== null && own.ref.id !== serving?.own.ref.id && !deps.isOwnChatBusy()) {
      clearInterval(timer);
      provider.accept(false);
      await begin();
      return;
    }
    look();
  };

  const end = async () => {
    testing?.abort(new DOMException('The switch was turned off.', 'AbortError'));
    clearInterval(timer);
    if (state.status === 'on') {
      show({ status: 'draining', paused: null });
      look();
      await provider.drain(DRAIN_MS);
    }
    provider.serve(null);
    serving = null;
    endWork?.();
    endWork = null;
    show({ status: 'off', paused: null, models: [], modelIds: [], running: 0, waiting: 0 });
    look();
  };

  return {
    async settle({ isOn, rules }) {
      provider.limit(rules);
      show({ rules });
      if (isOn && state.status === 'off') await begin();
      else if (!isOn && state.status !== 'off' && state.status !== 'draining') await end();
      else look();
    },
    look,
    async stop() {
      testing?.abort(new DOMException('This node stops.', 'AbortError'));
      clearInterval(timer);
      endWork?.();
      provider.accept(false);
      provider.serve(null);
      await provider.drain(0);
    },
  };
}

function cardModelOf({ own, info, tokensPerSecond }: Serving, rules: ContributeRules): CardModel {
  return {
    id: own.ref.id,
    title: own.title,
    manifest: info.manifest,
    quantization: info.quantization,
    parameterCount: info.parameterCount,
    contextLimit: info.contextLimit,
    kind: 'chat',
    vision: info.vision,
    tools: info.tools,
    defaults: { ...info.defaults, stop: [...info.defaults.stop] },
    systemPrompt: info.systemPrompt.slice(0, MAX_PROMPT_CHARS),
    decodeTokensPerSecond: tokensPerSecond,
    maxTokens: Math.min(rules.maxTokens, info.contextLimit),
    pricePerTokenWei: '0',
  };
}
