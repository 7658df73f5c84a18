import type { Attachment } from 'svelte/attachments';

/** Closer than this to the end counts as "at the end". */
const NEAR_PX = 48;

/**
 * Keeps a scroller at its end while its content grows, until the person scrolls up; then it stays where they read.
 */
export class StickToBottom {
  #isStuck = $state(true);
  #isAway = $state(false);
  #scroller: HTMLElement | null = null;
  #lastTop = 0;
  #lastHeight = 0;
  #occasion: string | null = null;

  /** More than a little below the visible part: offer the way down. */
  get isAway(): boolean {
    return this.#isAway && !this.#isStuck;
  }

  /** For the scrolling element; its first child is the content whose growth is followed. */
  readonly attach: Attachment<HTMLElement> = (scroller) => {
    this.#scroller = scroller;
    const onScroll = (): void => this.#onScroll();
    scroller.addEventListener('scroll', onScroll, { passive: true });
    const observer = new ResizeObserver(() => this.#follow());
    observer.observe(scroller);
    if (scroller.firstElementChild !== null) observer.observe(scroller.firstElementChild);
    this.#follow();
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', onScroll);
      this.#scroller = null;
    };
  };

  /** Goes to the end and stays there. */
  jump(options: { readonly smooth?: boolean } = {}): void {
    this.#isStuck = true;
    this.#isAway = false;
    this.#scrollToEnd(options.smooth === true);
  }

  /** Goes to the end, once for each occasion. */
  arrive(occasion: string): void {
    if (this.#occasion === occasion) return;
    this.#occasion = occasion;
    this.jump();
  }

  /** Goes to the beginning: for content that is read from its first line. */
  toStart(): void {
    this.#occasion = null;
    this.#isStuck = false;
    this.#isAway = false;
    this.#scroller?.scrollTo({ top: 0, behavior: 'instant' });
  }

  /** Lets go, so that something else may be shown. */
  release(): void {
    this.#isStuck = false;
  }

  #onScroll(): void {
    const scroller = this.#scroller;
    if (scroller === null) return;
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const restPx = scrollHeight - clientHeight - scrollTop;
    // Content that shrinks moves the top, too; only a move at constant height is the person's.
    const movedUp = scrollTop < this.#lastTop - 1 && scrollHeight >= this.#lastHeight;
    if (restPx <= NEAR_PX && !movedUp) this.#isStuck = true;
    else if (movedUp && restPx > 1) this.#isStuck = false;
    this.#isAway = restPx > NEAR_PX;
    this.#lastTop = scrollTop;
    this.#lastHeight = scrollHeight;
  }

  #follow(): void {
    const scroller = this.#scroller;
    if (scroller === null) return;
    if (this.#isStuck) this.#scrollToEnd(false);
    else this.#isAway = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop > NEAR_PX;
    this.#lastHeight = scroller.scrollHeight;
  }

  #scrollToEnd(isSmooth: boolean): void {
    const scroller = this.#scroller;
    if (scroller === null) return;
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: isSmooth && !calm ? 'smooth' : 'instant' });
    this.#lastTop = scroller.scrollTop;
    this.#lastHeight = scroller.scrollHeight;
  }
}
