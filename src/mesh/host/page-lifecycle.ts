import type { WatchLifecycle } from './lifecycle.ts';

/** The life of this page. */
export const watchPage: WatchLifecycle = ({ onWake, onLeave }) => {
  const over = new AbortController();
  const { signal } = over;
  document.addEventListener('resume', onWake, { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'visible') onWake();
    },
    { signal },
  );
  window.addEventListener('online', onWake, { signal });
  window.addEventListener('pageshow', onWake, { signal });
  window.addEventListener('pagehide', onLeave, { signal });
  return () => over.abort();
};
