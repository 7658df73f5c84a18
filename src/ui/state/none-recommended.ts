import type { AdapterInfo, ModelEntry } from '../../node/app.ts';

/** Why no model stands under "Recommended", in one sentence; null where one does. */
export function describeNoneRecommended(
  entries: readonly ModelEntry[],
  adapter: Pick<AdapterInfo, 'isFallback'> | null,
): string | null {
  const recommended = entries.filter(({ isRecommended }) => isRecommended);
  if (recommended.some(({ stored }) => stored === 'absent')) return null;
  if (recommended.length > 0) return 'Everything that suits this device is in the list above.';
  if (entries.every(({ model }) => model.source === 'guide')) return 'This server offers no other models.';
  if (adapter?.isFallback === true) {
    return 'None: this browser computes without a GPU, so a larger model would answer slowly or not at all.';
  }
  return 'None: no chat model here is sure to fit. Each card says what it needs.';
}
