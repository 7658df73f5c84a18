/**
 * Runs work that reports progress, as a stream that ends with the work's result. A reader that is slower than the work
 * gets the newest report, not all of them.
 */
export async function* latestOf<Item, Result>(
  work: (report: (item: Item) => void) => Promise<Result>,
): AsyncGenerator<Item, Result> {
  let waiting: { readonly item: Item } | null = null;
  let wake = Promise.withResolvers<undefined>();
  const ended = work((item) => {
    waiting = { item };
    wake.resolve(undefined);
  });
  const over = ended.then(
    () => true,
    () => true,
  );
  for (;;) {
    const isOver = await Promise.race([wake.promise, over]);
    const report = waiting as { readonly item: Item } | null;
    waiting = null;
    wake = Promise.withResolvers<undefined>();
    if (report !== null) yield report.item;
    if (isOver === true) return ended;
  }
}
