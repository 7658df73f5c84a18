const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);
/** Longer addresses are almost always an attack or a mistake; browsers cut them, too. */
const MAX_HREF_LENGTH = 2048;

/**
 * The address in normal form, or null unless it is an absolute http, https or mailto address. Relative addresses are
 * refused, too: a model knows nothing of this page's own paths.
 */
export function safeHref(address: string): string | null {
  const trimmed = address.trim();
  if (trimmed.length === 0 || trimmed.length > MAX_HREF_LENGTH || !URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  if (!SCHEMES.has(url.protocol)) return null;
  // "https://bank.example@evil.example" reads as the wrong host.
  if (url.username !== '' || url.password !== '') return null;
  return url.href;
}
