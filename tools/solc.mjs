#!/usr/bin/env node
// What forge runs as its Solidity compiler: npm's WebAssembly build behind the two options that forge uses.
// Everything that a build reads arrives in the request, so the paths forge adds to the command line are not needed.
import { text } from 'node:stream/consumers';
import solc from 'solc';

if (process.argv.includes('--version')) {
  // Forge takes the platform from this line and knows native builds only.
  console.log(`solc, the solidity compiler\nVersion: ${solc.version().replace('Emscripten.clang', 'Linux.g++')}`);
} else {
  process.stdout.write(solc.compile(await text(process.stdin)));
}
