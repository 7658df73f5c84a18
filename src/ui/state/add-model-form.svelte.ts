import type { CustomModel } from '../../node/app.ts';
import { WeftError } from '../../protocol/errors.ts';

export type AddModelField = keyof CustomModel;

/** The form that adds a model by its address. */
export class AddModelForm {
  readonly #add: (custom: CustomModel) => Promise<void>;
  #values = $state.raw<CustomModel>({ modelUrl: '', libraryUrl: '' });
  #problems = $state.raw<Partial<Record<AddModelField, string>>>({});
  #isBusy = $state(false);

  constructor(add: (custom: CustomModel) => Promise<void>) {
    this.#add = add;
  }

  get modelUrl(): string {
    return this.#values.modelUrl;
  }

  get libraryUrl(): string {
    return this.#values.libraryUrl;
  }

  get problems(): Partial<Record<AddModelField, string>> {
    return this.#problems;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  set(field: AddModelField, value: string): void {
    this.#values = { ...this.#values, [field]: value };
    const { [field]: _told, ...others } = this.#problems;
    this.#problems = others;
  }

  reset(): void {
    this.#values = { modelUrl: '', libraryUrl: '' };
    this.#problems = {};
  }

  /** Resolves to whether the model was added; what is wrong stands beside its field. */
  async submit(): Promise<boolean> {
    if (this.#isBusy) return false;
    const custom = { modelUrl: this.modelUrl.trim(), libraryUrl: this.libraryUrl.trim() };
    this.#problems = checkAddresses(custom);
    if (Object.keys(this.#problems).length > 0) return false;
    this.#isBusy = true;
    try {
      await this.#add(custom);
      return true;
    } catch (error) {
      const { code, shortMessage, hints } = WeftError.from(error);
      const field: AddModelField = code === 'model/bad-library' ? 'libraryUrl' : 'modelUrl';
      this.#problems = { [field]: [shortMessage, ...hints.slice(0, 1)].join(' ') };
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}

function checkAddresses({ modelUrl, libraryUrl }: CustomModel): Partial<Record<AddModelField, string>> {
  return {
    ...(isAddress(modelUrl) ? {} : { modelUrl: 'Enter an address that starts with https://.' }),
    ...(libraryUrl === '' || isAddress(libraryUrl)
      ? {}
      : { libraryUrl: 'Enter an address that starts with https://, or leave this empty.' }),
  };
}

/** `http` is for a server on this very machine. */
function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === location.hostname))
  );
}
