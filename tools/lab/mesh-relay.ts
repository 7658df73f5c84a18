import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A relay in a process of its own, with a data folder that outlives it. */
export interface MeshRelay {
  readonly url: string;
  /** Of the process that runs now; throws where none does. */
  pid(): number;
  /** As a power cut: nothing is said to anybody. */
  kill(): Promise<void>;
  /** Again, at the same address and with what the folder holds. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export interface MeshRelayInit {
  readonly env?: Readonly<Record<string, string>>;
  /** Fills the folder whose models the relay offers; absent: it offers none. */
  readonly writeModels?: (folder: string) => Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('../../e2e/relay-process.fixture.ts', import.meta.url));

/** Starts one over the page that was built last. */
export async function startMeshRelay({ env = {}, writeModels }: MeshRelayInit = {}): Promise<MeshRelay> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-mesh-'));
  const models = join(folder, 'models');
  await writeModels?.(models);
  let child: ChildProcess | null = null;
  let port: string | null = null;

  const start = async (): Promise<string> => {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const started = spawn(process.execPath, [SCRIPT], {
      env: {
        ...inherited,
        WEFT_DATA_DIR: join(folder, 'data'),
        WEFT_MODEL_HOSTS: 'none',
        WEFT_CHAIN: 'none',
        ...(writeModels === undefined ? {} : { WEFT_MODELS_DIR: models }),
        ...(port === null ? {} : { PORT: port }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    for await (const line of createInterface({ input: started.stdout })) {
      const [, url] = /^ready (\S+)$/u.exec(line) ?? [];
      if (url === undefined) continue;
      port = new URL(url).port;
      // Whatever else it says must not fill the pipe.
      started.stdout.resume();
      return new URL(url).origin;
    }
    throw new Error('The relay ended before it was ready.');
  };
  const kill = async (): Promise<void> => {
    if (child === null) return;
    const over = once(child, 'exit');
    child.kill('SIGKILL');
    child = null;
    await over;
  };

  const url = await start();
  return {
    url,
    pid() {
      if (child?.pid === undefined) throw new Error('No relay runs.');
      return child.pid;
    },
    kill,
    async start() {
      await start();
    },
    async remove() {
      await kill();
      await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
