import { restoreBackup, writeBackup } from '../relay-server/database/backup.ts';
import { readConfig } from '../relay-server/config.ts';

/**
 * Writes a relay's key and database to a file, and makes a relay of such a file. Both read the relay's own settings:
 * WEFT_DATA_DIR and DATABASE_URL.
 */
const USAGE = `npm run relay:backup -- FILE    the relay's key, members, invitations and keys for tools, into a new file
npm run relay:restore -- FILE   makes a relay of it, where there is none yet

WEFT_DATA_DIR and DATABASE_URL say which relay, as for npm start. Without DATABASE_URL stop the relay first.
Whoever has the file can be the relay: keep it as you would keep a key.`;

const [action, file, ...more] = process.argv.slice(2);
if ((action !== 'backup' && action !== 'restore') || file === undefined || file.startsWith('-') || more.length > 0) {
  console.error(USAGE);
  process.exit(1);
}
try {
  const { dataFolder, mesh } = readConfig(process.env);
  const init = { dataFolder, databaseUrl: mesh.databaseUrl, file };
  const deps = { nowS: () => Math.floor(Date.now() / 1_000) };
  const { rows, madeAt } = await (action === 'backup' ? writeBackup(init, deps) : restoreBackup(init, deps));
  const made = new Date(madeAt * 1_000).toISOString();
  console.log(action === 'backup' ? `${file}: key and ${rows} rows.` : `Key and ${rows} rows of ${made} restored.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
