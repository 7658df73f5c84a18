import type { Attachment } from 'svelte/attachments';

export interface Tip {
  readonly text: string;
  /** The element it belongs to, in window coordinates. */
  readonly anchor: DOMRect;
}

const HOVER_MS = 450;

/** One tooltip for the whole page: it repeats an element's label and is hidden from screen readers. */
export class Tips {
  #tip = $state.raw<Tip | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  get current(): Tip | null {
    return this.#tip;
  }

  /** Shows `text` while the element is pointed at or has the keyboard's focus. */
  on(text: string): Attachment<HTMLElement> {
    return (element) => {
      const show = (): void => {
        this.#tip = { text, anchor: element.getBoundingClientRect() };
      };
      const enter = (event: PointerEvent): void => {
        if (event.pointerType !== 'mouse') return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(show, HOVER_MS);
      };
      const focus = (): void => {
        if (element.matches(':focus-visible')) show();
      };
      const hide = (): void => this.hide();
      // Not at once: the element may lose the focus because a template takes it away, and state must not change then.
      const hideSoon = (): void => queueMicrotask(hide);
      const events = new AbortController();
      const { signal } = events;
      element.addEventListener('pointerenter', enter, { signal });
      element.addEventListener('pointerleave', hide, { signal });
      element.addEventListener('pointerdown', hide, { signal });
      element.addEventListener('focus', focus, { signal });
      element.addEventListener('blur', hideSoon, { signal });
      return () => {
        events.abort();
        hideSoon();
      };
    };
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.#tip = null;
  }
}
