/** `npm run bench` measures the engine; `npm run bench -- mesh` what the mesh adds to it. */
if (process.argv.includes('mesh')) await import('./mesh.ts');
else await import('./engine.ts');
