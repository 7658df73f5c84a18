import type { Attachment } from 'svelte/attachments';

/** Makes an element a stop of the Tab key while its content is wider than it, so that the keyboard can scroll it. */
export function scrollable(label: string): Attachment<HTMLElement> {
  return (element) => {
    const update = (): void => {
      if (element.scrollWidth > element.clientWidth + 1) {
        element.tabIndex = 0;
        element.setAttribute('role', 'region');
        element.setAttribute('aria-label', label);
      } else {
        element.removeAttribute('tabindex');
        element.removeAttribute('role');
        element.removeAttribute('aria-label');
      }
    };
    const observer = new ResizeObserver(update);
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  };
}
