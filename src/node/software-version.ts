/** Of this page, as package.json says; other nodes and relays are told. */
export const SOFTWARE_VERSION = '0.1.0';
