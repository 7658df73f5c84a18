import type { MiddlewareHandler } from 'hono';
import { reachableOrigins } from './model-hosts.ts';

export interface SecureHeadersInit {
  /** Origins the operator lets the page offer as sources of models. */
  readonly modelHosts: readonly string[];
  /** Where the page reaches the chain; paths are on this server. */
  readonly rpcUrls: readonly string[];
  /** Origins of other relays that the page may use. */
  readonly relays: readonly string[];
}

/** Headers of every answer, including errors. */
export function createSecureHeaders(init: SecureHeadersInit): MiddlewareHandler {
  const policy = contentSecurityPolicy(init);
  return async (c, next) => {
    await next();
    c.header('Content-Security-Policy', policy);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cross-Origin-Opener-Policy', 'same-origin');
    c.header('Cross-Origin-Resource-Policy', 'same-origin');
    c.header('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()');
  };
}

/**
 * What the page may load and talk to: this origin, and the configured hosts for data only. `wasm-unsafe-eval` compiles
 * WebLLM's libraries and nothing else; a library that was checked is handed over as a blob. `style-src-attr` is open
 * because typeset mathematics places its boxes with style attributes; style elements and scripts stay closed.
 * Pictures of chats are shown from the page's own memory, as blobs.
 */
function contentSecurityPolicy({ modelHosts, rpcUrls, relays }: SecureHeadersInit): string {
  const rpcOrigins = rpcUrls.filter((url) => URL.canParse(url)).map((url) => new URL(url).origin);
  const sockets = relays.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]);
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' blob:",
    "font-src 'self'",
    // 'self' is this server's WebSocket, too.
    ["connect-src 'self' blob:", ...reachableOrigins(modelHosts), ...new Set([...rpcOrigins, ...sockets])].join(' '),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
