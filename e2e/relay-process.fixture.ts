import { startRelay } from '../relay-server/main.ts';

// A process of its own, so that a test can kill it as a machine that loses its power would.
const relay = await startRelay(process.env);
if (relay.adminLink !== null) console.log(`admin ${relay.adminLink}`);
console.log(`ready ${relay.url}`);
