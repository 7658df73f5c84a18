import { openMeshBrowser, type MeshBrowser } from '../tools/lab/mesh-browser.ts';
import { startMeshRelay as startRelay, type MeshRelay } from '../tools/lab/mesh-relay.ts';
import { writeRandomModel } from './random-model.fixture.ts';

export type { MeshRelay };

/** A model that writes on until it is told to stop: random weights know no end. */
const LONG_MODEL = 'endless-llama-q4f32_1';
export const LONG_TITLE = 'endless llama';

/** A relay whose operator offers the model that never ends. */
export function startMeshRelay(env: Readonly<Record<string, string>> = {}): Promise<MeshRelay> {
  return startRelay({
    env,
    writeModels: (folder) =>
      writeRandomModel(folder, { id: LONG_MODEL, family: 'llama', quantization: 'q4f32_1', seed: 9 }),
  });
}

/** One browser process: a node of the mesh. */
export interface MeshNode extends MeshBrowser {
  /** Origins that were asked for anything, WebSockets included. */
  readonly origins: ReadonlySet<string>;
  /** ICE servers of every RTCPeerConnection that the page opened, as JSON. */
  iceServers(): Promise<readonly string[]>;
}

/** `hasGpu` false: the browser offers no WebGPU adapter, as on a computer without one. */
export async function startNode(url: string, { hasGpu = true } = {}): Promise<MeshNode> {
  const origins = new Set<string>();
  const node = await openMeshBrowser({
    url,
    hasGpu,
    async onContext(context) {
      context.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith('http')) origins.add(origin);
      });
      context.on('page', (page) => {
        page.on('websocket', (socket) => origins.add(new URL(socket.url()).origin.replace(/^ws/u, 'http')));
      });
      await context.addInitScript(() => {
        const seen: string[] = [];
        Object.assign(window, { seenIceServers: seen });
        const Real = window.RTCPeerConnection;
        window.RTCPeerConnection = class extends Real {
          constructor(configuration?: RTCConfiguration) {
            // Nothing given means the browser's own, which has none either: the library's default would be given.
            seen.push(JSON.stringify(configuration?.iceServers ?? null));
            super(configuration);
          }
        };
      });
    },
  });
  return {
    ...node,
    origins,
    iceServers: () => node.page.evaluate(() => (window as unknown as { seenIceServers: string[] }).seenIceServers),
  };
}
