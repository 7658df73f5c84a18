import { RequestError } from './request-error.ts';

export type Route = 'models' | 'model' | 'chat' | 'completions' | 'embeddings';

const ROUTES: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly route: Route }>> = {
  '/models': { method: 'GET', route: 'models' },
  '/chat/completions': { method: 'POST', route: 'chat' },
  '/completions': { method: 'POST', route: 'completions' },
  '/embeddings': { method: 'POST', route: 'embeddings' },
};

/** Which endpoint is meant. Throws gateway/bad-request (404, 405). */
export function routeOf({ url, method }: Request, basePath: string): { readonly route: Route; readonly id: string } {
  const { pathname } = new URL(url);
  const path = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : '';
  const found = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  const id = /^\/models\/([^/]{1,600})$/.exec(path)?.[1];
  if (found === undefined && id === undefined) {
    throw new RequestError('There is no such endpoint here.', {
      status: 404,
      hints: ['There are /models, /chat/completions, /completions and /embeddings.'],
    });
  }
  const wanted = found ?? { method: 'GET', route: 'model' };
  if (method !== wanted.method) {
    throw new RequestError(`This endpoint is asked with ${wanted.method}.`, { status: 405 });
  }
  return { route: wanted.route, id: decode(id ?? '') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // No model is named so.
    return text;
  }
}
