/** The Web Lock whose holder downloads: one tab of a profile at a time. */
export const DOWNLOADS_LOCK = 'weft/downloads';
/** The Web Lock around a change of the notes below. */
export const NOTES_LOCK = 'weft/model-notes';
/** The Web Lock of one model's files: the download holds it, and whoever deletes or checks them. */
export const MODEL_LOCK = 'weft/model/';

/** The broadcast channel of this room. The number is raised when its messages change: versions then do not meet. */
export const MODELS_CHANNEL = 'weft-models-1';

export const WISHES_NOTE = 'models/wishes';
export const CUSTOM_NOTE = 'models/custom';
export const HOSTS_NOTE = 'models/hosts-allowed';
export const SITE_NOTE = 'models/site';

/** Models that are stored, arriving or wanted. */
export const MAX_WISHES = 200;
/** Models added by URL. */
export const MAX_CUSTOM = 100;
/** Models shown. */
export const MAX_ENTRIES = 1000;

/** The server of the page is asked this long for its configuration; then the last one counts. */
export const SITE_TIMEOUT_MS = 10_000;
/** A download that was told to end has let go of its files by then. */
export const LET_GO_TIMEOUT_MS = 15_000;
