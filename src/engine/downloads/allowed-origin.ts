import { WeftError } from '../../protocol/errors.ts';
import type { CatalogueModel } from '../catalogue/catalogue-model.ts';

export interface OriginPolicy {
  /** The page's own origin. */
  readonly origin: string;
  /** Origins that the operator configured, `https://*.example.org` included, where the person agreed; else none. */
  readonly hosts: readonly string[];
}

/** Throws download/host-not-allowed for an address that is neither the page's own nor of an allowed host. */
export function checkAllowed(address: string, { origin, hosts }: OriginPolicy): void {
  const url = new URL(address);
  if (url.origin === origin || hosts.some((host) => matches(url, host))) return;
  throw new WeftError('download/host-not-allowed', `Files from ${url.host} may not be fetched here.`, {
    hints: [
      'Allow downloads from other servers on the models page.',
      `If ${url.host} is not listed there, whoever runs this server has to add it.`,
    ],
  });
}

/** As {@link checkAllowed}, for every place that a model's files come from. */
export function checkModelAllowed(
  { baseUrl, libraryUrl }: Pick<CatalogueModel, 'baseUrl' | 'libraryUrl'>,
  policy: OriginPolicy,
): void {
  for (const url of [baseUrl, libraryUrl]) if (url !== null) checkAllowed(url, policy);
}

function matches(url: URL, host: string): boolean {
  if (!host.includes('://*.')) return url.origin === host;
  const pattern = new URL(host.replace('*.', ''));
  return (
    url.protocol === pattern.protocol && url.port === pattern.port && url.hostname.endsWith(`.${pattern.hostname}`)
  );
}
