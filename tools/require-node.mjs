// Plain JavaScript on purpose: it must run on the old Node it complains about.
const REQUIRED_MAJOR = 24;

const major = Number(process.versions.node.split('.')[0]);
if (major < REQUIRED_MAJOR) {
  console.error(
    `Weft needs Node ${REQUIRED_MAJOR} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Run it through npm (npm start, npm test, …), which uses the Node that `npm ci` installed with the project.\n' +
      'If this message came from npm itself, `npm ci` could not install that Node for your platform: install Node 24 from nodejs.org.',
  );
  process.exit(1);
}
