import { WeftError } from '../../protocol/errors.ts';
import { toHex } from '../../protocol/ids.ts';

/** What a file must be, where it is known. */
export interface ExpectedFile {
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** SHA-256 in lower-case hexadecimal. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).slice(2);
}

/** The file as JSON. Throws download/not-a-file where it is none (an error page, for example). */
export function parseJsonFile(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw notAFile(name, 'it is not JSON', cause);
  }
}

/** Throws model/bad-library for what is no WebAssembly, download/not-a-file for a web page. */
export function checkLibrary(name: string, bytes: Uint8Array): void {
  if (WASM_MAGIC.every((byte, at) => bytes[at] === byte)) return;
  checkNoPage(name, bytes);
  throw new WeftError(
    'model/bad-library',
    `${name} is not a compiled library: it does not begin as WebAssembly does.`,
    {
      hints: ['Check the address of the library; choose another model meanwhile.'],
    },
  );
}

/** Throws download/not-a-file for a web page, whatever the server calls it. */
export function checkNoPage(name: string, bytes: Uint8Array): void {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart().toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) throw notAFile(name, 'it is a web page');
}

/** Throws download/truncated or download/altered where the file is not the expected one. */
export async function checkExpected(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  expected: ExpectedFile,
): Promise<void> {
  checkSize(name, bytes.length, expected.sizeBytes);
  const sha256 = await sha256Of(bytes);
  if (sha256 === expected.sha256) return;
  throw altered(name, `its SHA-256 is ${sha256.slice(0, 12)}…, expected ${expected.sha256.slice(0, 12)}…`);
}

/** Throws download/truncated for a file that ends early, download/altered for one that is longer. */
export function checkSize(name: string, sizeBytes: number, expectedBytes: number): void {
  if (sizeBytes < expectedBytes) {
    throw new WeftError('download/truncated', `${name} ends after ${sizeBytes} of ${expectedBytes} bytes.`, {
      hints: ['Try again; if it stays, the copy on the server is incomplete.'],
      retryable: true,
    });
  }
  if (sizeBytes > expectedBytes) throw altered(name, `it has ${sizeBytes} bytes, expected ${expectedBytes}`);
}

export function notAFile(name: string, why: string, cause?: unknown): WeftError {
  return new WeftError('download/not-a-file', `The server sent something else instead of ${name}: ${why}.`, {
    hints: [
      'Try again; nothing of it was kept.',
      'A network with a login page answers like this: open any web page and log in first.',
    ],
    retryable: true,
    cause,
  });
}

function altered(name: string, detail: string): WeftError {
  return new WeftError('download/altered', `${name} is not the file it was or should be: ${detail}.`, {
    hints: [
      'Try again; nothing of it was kept.',
      'If it stays, the publisher changed the model: delete it and download it again if you trust them.',
    ],
    retryable: true,
  });
}
