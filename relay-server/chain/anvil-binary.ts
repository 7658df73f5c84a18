import { createRequire } from 'node:module';
import { join, dirname } from 'node:path';

/** npm's package with anvil for a platform, by Node's names. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@foundry-rs/anvil-linux-amd64',
  'linux-arm64': '@foundry-rs/anvil-linux-arm64',
  'darwin-x64': '@foundry-rs/anvil-darwin-amd64',
  'darwin-arm64': '@foundry-rs/anvil-darwin-arm64',
  'win32-x64': '@foundry-rs/anvil-win32-amd64',
};

/** Path of anvil's program, which npm installed; null where there is none for this platform. */
export function findAnvil(platform = process.platform, arch = process.arch): string | null {
  const name = PACKAGES[`${platform}-${arch}`];
  if (name === undefined) return null;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', platform === 'win32' ? 'anvil.exe' : 'anvil');
  } catch {
    // The package is optional: npm leaves out what is not for this platform.
    return null;
  }
}
