/** Longer code stays plain: colouring it would hold up the page. */
const MAX_LENGTH = 40_000;

/** A map: a block may call its language `constructor`. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['svelte', 'html'],
  ['vue', 'html'],
  ['jsonc', 'json'],
  ['console', 'bash'],
  ['terminal', 'bash'],
  ['wgsl', 'rust'],
  ['solidity', 'typescript'],
]);

/**
 * Colours code: spans with classes around its text, or null where the language is unknown or the code too long. The
 * highlighter (its common languages) is loaded with the first call; its output passes an allow-list of one element.
 */
export async function highlight(code: string, language: string): Promise<DocumentFragment | null> {
  if (code.length > MAX_LENGTH || language === '') return null;
  const [{ default: hljs }, { default: purifier }] = await Promise.all([
    import('highlight.js/lib/common'),
    import('dompurify'),
  ]);
  const wanted = language.toLowerCase();
  const name = hljs.getLanguage(wanted) === undefined ? ALIASES.get(wanted) : wanted;
  if (name === undefined) return null;
  const { value } = hljs.highlight(code, { language: name, ignoreIllegals: true });
  return purifier.sanitize(value, {
    ALLOWED_TAGS: ['span'],
    ALLOWED_ATTR: ['class'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
