/**
 * The folder of a model's files as WebLLM computes it (`cleanModelUrl`, 0.2.86), so that both share what is stored: a
 * Hugging Face repository gets `resolve/main/`. Other addresses are folders as they are. Throws TypeError for no URL.
 */
export function modelFolderUrl(modelUrl: string): string {
  const url = new URL(modelUrl);
  url.hash = '';
  url.search = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  if (url.hostname === 'huggingface.co' && !/.+\/resolve\/.+\//u.test(url.pathname)) {
    // A repository as people copy it from the address bar: its tree or blob view included.
    const [, owner, name, view, revision] = url.pathname.split('/');
    const hasView = (view === 'tree' || view === 'blob') && revision !== undefined && revision !== '';
    url.pathname = `/${owner ?? ''}/${name ?? ''}/resolve/${hasView ? revision : 'main'}/`;
  }
  return url.href;
}
