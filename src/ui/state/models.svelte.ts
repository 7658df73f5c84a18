import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { AdapterInfo, CustomModel, EngineState, ModelEntry, ModelsState, WeftApp } from '../../node/app.ts';
import { LiveValue } from './live-value.svelte.ts';
import { DownloadNews } from './download-news.ts';
import type { MeshModels } from './mesh-models.svelte.ts';
import type { Panels } from './panels.svelte.ts';
import type { Router } from './router.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface ModelListDeps {
  readonly app: WeftApp;
  readonly meshModels: MeshModels;
  readonly router: Router;
  readonly panels: Panels;
  readonly toasts: Toasts;
}

/** The section of the models on this device, as a place that can take the focus. */
export const HERE = Symbol('on this device');

/** The models and what a person does with them. Failures of verbs become toasts; those of downloads are on the cards. */
export class ModelList {
  readonly #deps: ModelListDeps;
  readonly #source: LiveValue<ModelsState>;
  readonly #currentId: LiveValue<string>;
  readonly #engine: LiveValue<EngineState>;
  readonly #checking = new SvelteSet<string>();
  readonly #findings = new SvelteMap<string, readonly string[]>();
  #isQuestionPutOff = $state(false);
  #wantedId = $state<string | null>(null);
  #deletingId = $state<string | null>(null);
  #target = $state.raw<string | typeof HERE | null>(null);

  readonly #offered = $derived.by(() => this.#source.current.entries.filter((entry) => this.#isOffered(entry)));
  readonly #forChat = $derived.by(() =>
    this.#source.current.entries.filter(({ stored, model }) => stored === 'ready' && model.features.includes('chat')),
  );
  readonly #underWay = $derived.by(() =>
    this.#source.current.entries.filter(({ stored }) => stored === 'downloading' || stored === 'waiting'),
  );

  constructor(deps: ModelListDeps) {
    this.#deps = deps;
    this.#source = new LiveValue(deps.app.models.state, { perFrame: true });
    this.#currentId = new LiveValue(deps.app.engine.modelId);
    this.#engine = new LiveValue(deps.app.engine.state);
  }

  get isLoading(): boolean {
    return this.#source.current.status === 'loading';
  }

  /** What can be had or is here already, best for this device first. */
  get offered(): readonly ModelEntry[] {
    return this.#offered;
  }

  /** Ready models that can answer. */
  get forChat(): readonly ModelEntry[] {
    return this.#forChat;
  }

  /** What answers on this device where no other node may or can: the largest that is here, the guide otherwise. */
  get ownForChat(): ModelEntry | null {
    return this.#forChat.find(({ model }) => model.source !== 'guide') ?? this.#forChat[0] ?? null;
  }

  /** Downloads that run or wait for their turn. */
  get underWay(): readonly ModelEntry[] {
    return this.#underWay;
  }

  get hosts(): readonly string[] {
    return this.#source.current.hosts;
  }

  get areHostsAllowed(): boolean {
    return this.#source.current.areHostsAllowed;
  }

  /** The GPU, once an engine has seen it. */
  get adapter(): AdapterInfo | null {
    return this.#source.current.adapter;
  }

  /** The person has not answered yet whether other servers may be contacted. */
  get isQuestionOpen(): boolean {
    return !this.isLoading && this.hosts.length > 0 && !this.areHostsAllowed && !this.#isQuestionPutOff;
  }

  get usedBytes(): number {
    return this.#source.current.entries.reduce((sum, entry) => sum + entry.storedBytes, 0);
  }

  /** The model of the next answer. */
  get currentId(): string {
    return this.#currentId.current;
  }

  get current(): ModelEntry | null {
    return this.#find(this.currentId);
  }

  /** The next answer comes from another node. */
  get isOnMesh(): boolean {
    return this.#deps.meshModels.has(this.currentId);
  }

  /** The model of the next answer sees pictures: once it is loaded, on this device. */
  get sees(): boolean {
    if (this.isOnMesh) return this.#deps.meshModels.find(this.currentId)?.vision === true;
    const { model } = this.#engine.current;
    if (model?.id === this.currentId) return model.vision;
    return this.current?.model.features.includes('vision') === true;
  }

  /** The model that needs an answer about other servers before it can come. */
  get wanted(): ModelEntry | null {
    return this.#find(this.#wantedId);
  }

  /** The model whose deletion is to be confirmed. */
  get deleting(): ModelEntry | null {
    return this.#find(this.#deletingId);
  }

  /** The card, or the section, that is to take the focus. */
  get target(): string | typeof HERE | null {
    return this.#target;
  }

  /** What a person calls the model; its id where nothing more is known. */
  titleOf(modelId: string): string {
    if (this.#deps.meshModels.has(modelId))
      return this.#deps.meshModels.find(modelId)?.title ?? 'A model of another node';
    const choice = this.#deps.app.engine.models.current.find(({ id }) => id === modelId);
    return this.#find(modelId)?.model.title ?? choice?.title ?? modelId;
  }

  /** The model whose files lie here and came over the network; null where it is another. */
  downloaded(modelId: string): ModelEntry | null {
    const entry = this.#find(modelId);
    return entry?.stored === 'ready' && entry.model.source !== 'guide' ? entry : null;
  }

  isChecking(modelId: string): boolean {
    return this.#checking.has(modelId);
  }

  /** What the last check found wrong; empty where nothing is known to be. */
  findings(modelId: string): readonly string[] {
    return this.#findings.get(modelId) ?? [];
  }

  /** Tells about downloads that end, wherever the person is; returns the way out. */
  start(): () => void {
    const { app, toasts } = this.#deps;
    const news = new DownloadNews();
    return app.models.state.subscribe((state) => {
      for (const { entry, kind } of news.read(state)) {
        const { id, title, features } = entry.model;
        if (kind === 'failed')
          toasts.show(`The download of ${title} failed. ${entry.error?.message ?? ''}`, { tone: 'error' });
        else if (!features.includes('chat')) toasts.show(`${title} is on this device now.`);
        else toasts.show(`${title} is ready.`, { action: { label: 'Use in chat', run: () => this.use(id) } });
      }
    });
  }

  /** Starts or goes on; where another server would be contacted without an answer to that question, asks it first. */
  async download(entry: ModelEntry): Promise<void> {
    const { id } = entry.model;
    if (this.hosts.length > 0 && !this.areHostsAllowed && isElsewhere(entry)) {
      this.#wantedId = id;
      return;
    }
    const isNew = entry.stored === 'absent';
    this.#findings.delete(id);
    const isStarted = await this.#deps.toasts.attempt(() => this.#deps.app.models.download(id));
    if (isStarted && isNew) this.#target = id;
  }

  async pause(modelId: string): Promise<void> {
    await this.#deps.toasts.attempt(() => this.#deps.app.models.pause(modelId));
  }

  async cancel(entry: ModelEntry): Promise<void> {
    const isDone = await this.#deps.toasts.attempt(() => this.#deps.app.models.cancel(entry.model.id));
    if (!isDone) return;
    this.#findings.delete(entry.model.id);
    this.#target = HERE;
    this.#deps.toasts.show(`Cancelled the download of ${entry.model.title} and deleted what had arrived.`);
  }

  async check(entry: ModelEntry): Promise<void> {
    const { id, title } = entry.model;
    if (this.#checking.has(id)) return;
    this.#checking.add(id);
    this.#findings.delete(id);
    const { app, toasts } = this.#deps;
    await toasts.attempt(async () => {
      const found = await app.models.check(id);
      if (found.length === 0) toasts.show(`Every file of ${title} is as it should be.`);
      else {
        this.#findings.set(id, found);
        toasts.show(`Some files of ${title} were damaged. They were deleted and can be downloaded again.`, {
          tone: 'error',
        });
      }
    });
    this.#checking.delete(id);
  }

  askToDelete(modelId: string): void {
    this.#deletingId = modelId;
  }

  keep(): void {
    this.#deletingId = null;
  }

  /** Deletes the files of the model that was asked about; a model that was added is forgotten with them. */
  async remove(entry: ModelEntry): Promise<void> {
    const { app, toasts } = this.#deps;
    const { id, title, source } = entry.model;
    this.#deletingId = null;
    const isDone = await toasts.attempt(() =>
      source === 'custom' ? app.models.removeCustom(id) : app.models.remove(id),
    );
    if (!isDone) return;
    this.#findings.delete(id);
    this.#target = HERE;
    toasts.show(source === 'custom' ? `Removed ${title}.` : `Deleted ${title}.`);
    // The figures at the top; where the browser does not tell, they stay as they are.
    await app.device.refreshStorage().catch(() => undefined);
  }

  /** Deletes the model's files, of which one is wrong, and brings them anew; the person sees them come. */
  async downloadAgain(entry: ModelEntry): Promise<void> {
    const { app, router, toasts } = this.#deps;
    router.go({ screen: 'models' });
    if (await toasts.attempt(() => app.models.remove(entry.model.id)))
      await this.download({ ...entry, stored: 'absent' });
  }

  /** The model of the next answers, here and in new chats. */
  async select(modelId: string): Promise<void> {
    const { app, toasts } = this.#deps;
    try {
      await app.engine.selectModel(modelId);
    } catch (error) {
      // A model that does not load is told at the top of the page, with a button to try again.
      if (app.engine.state.current.status !== 'failed') toasts.fail(error);
    }
  }

  /** Back to the chat, which this model answers from now on. */
  use(modelId: string): void {
    const { panels, router } = this.#deps;
    router.toChat();
    panels.focusComposer();
    void this.select(modelId);
  }

  putQuestionOff(): void {
    this.#isQuestionPutOff = true;
    this.#wantedId = null;
  }

  openQuestion(): void {
    this.#isQuestionPutOff = false;
  }

  async allowHosts(): Promise<void> {
    const { wanted } = this;
    this.#wantedId = null;
    const isAllowed = await this.#deps.toasts.attempt(() => this.#deps.app.models.setHostsAllowed(true));
    if (isAllowed && wanted !== null) await this.download(wanted);
  }

  async forbidHosts(): Promise<void> {
    this.#isQuestionPutOff = true;
    await this.#deps.toasts.attempt(() => this.#deps.app.models.setHostsAllowed(false));
  }

  /** Adds a model by its address. Rejects with what is wrong with it, for the field. */
  async add(custom: CustomModel): Promise<void> {
    this.#target = await this.#deps.app.models.addCustom(custom);
  }

  /** The target has the focus. */
  reached(): void {
    this.#target = null;
  }

  #find(modelId: string | null): ModelEntry | null {
    return this.#source.current.entries.find(({ model }) => model.id === modelId) ?? null;
  }

  /** Without other servers, only what this one offers can come. */
  #isOffered(entry: ModelEntry): boolean {
    return entry.stored !== 'absent' || this.hosts.length > 0 || !isElsewhere(entry);
  }
}

/** Files of the model lie on another server than the page. */
function isElsewhere({ model }: ModelEntry): boolean {
  return [model.baseUrl, model.libraryUrl].some(
    (url) => url !== null && new URL(url, location.href).origin !== location.origin,
  );
}
