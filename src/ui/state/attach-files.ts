import type { Ui } from './ui.svelte.ts';

/** Attaches files to the question being written, wherever they come from; says so where the model would not see them. */
export async function attachFiles({ draft, models, panels, toasts }: Ui, files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  if (!models.sees) {
    toasts.show(`${models.titleOf(models.currentId)} does not see pictures. Choose a model that does under Models.`);
    return;
  }
  panels.focusComposer();
  await toasts.attempt(() => draft.pictures.add(files));
}
