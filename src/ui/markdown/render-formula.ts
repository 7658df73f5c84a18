/** Macro expansions per formula; a formula that expands without end stops here. */
const MAX_EXPAND = 200;
/** Largest length in em that a formula may ask for. */
const MAX_SIZE_EM = 20;

/**
 * Typesets TeX into the element, replacing what it shows; the source stays where TeX cannot be read. KaTeX and its fonts
 * are loaded with the first formula. Commands that would link, load or set attributes are refused (`trust: false`).
 */
export async function renderFormula(
  element: HTMLElement,
  tex: string,
  display: boolean,
  signal: AbortSignal,
): Promise<void> {
  const source = [...element.childNodes];
  try {
    const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')]);
    if (signal.aborted) return;
    katex.render(tex, element, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: MAX_EXPAND,
      maxSize: MAX_SIZE_EM,
      output: 'htmlAndMathml',
    });
  } catch {
    // Not TeX, or the typesetter could not be loaded: the source is the honest fallback.
    if (!signal.aborted) element.replaceChildren(...source);
  }
}
