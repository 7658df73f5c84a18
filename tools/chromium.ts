import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

/** A browser that tests and tools can drive. */
export interface FoundChromium {
  readonly path: string;
  /** Where it was found, for the person who reads the log. */
  readonly source: 'CHROMIUM_PATH' | 'PATH' | 'playwright' | 'apt-get';
}

const NAMES = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'] as const;

/**
 * Finds a Chromium: CHROMIUM_PATH, then PATH, then Playwright's own download, then Debian's package where this process
 * may install one. Throws with the one command to run when there is none.
 */
export function findChromium(): FoundChromium {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return { path: named, source: 'CHROMIUM_PATH' };
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist. Correct it or unset it.`);
  }
  const onPath = searchPath();
  if (onPath !== null) return { path: onPath, source: 'PATH' };
  const downloaded = chromium.executablePath();
  if (downloaded !== '' && existsSync(downloaded)) return { path: downloaded, source: 'playwright' };
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.error('No Chromium found: installing the Debian package (apt-get install -y chromium).');
    spawnSync('apt-get', ['update'], { stdio: ['ignore', 'ignore', 'inherit'] });
    spawnSync('apt-get', ['install', '-y', 'chromium'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const installed = searchPath();
    if (installed !== null) return { path: installed, source: 'apt-get' };
  }
  throw new Error(
    'No Chromium found. Run `npx playwright install chromium` (or install Chrome), or set CHROMIUM_PATH to a browser.',
  );
}

/**
 * Flags for a headless Chromium whose WebGPU runs on the processor (SwiftShader), so that results do not depend on the
 * machine's GPU, and which contacts nobody. `--no-sandbox` only where Chromium refuses to start without it (root).
 */
export function chromiumArguments(): string[] {
  return [
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--disable-quic',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

function searchPath(): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const candidate = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
      if (existsSync(candidate)) return candidate;
    }
  }
  return null;
}
