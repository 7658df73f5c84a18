/** Where WebLLM's catalogue lives: weights at Hugging Face, compiled libraries in a GitHub repository. */
export const DEFAULT_MODEL_HOSTS = ['https://huggingface.co', 'https://raw.githubusercontent.com'] as const;

/** Places that a host sends the browser on to for the file itself; a policy without them would stop the download there. */
const REDIRECTS: Readonly<Record<string, readonly string[]>> = {
  'https://huggingface.co': ['https://*.huggingface.co', 'https://*.hf.co'],
};

/** Everything a browser contacts when it downloads from these hosts. */
export function reachableOrigins(modelHosts: readonly string[]): readonly string[] {
  return [...new Set(modelHosts.flatMap((host) => [host, ...(REDIRECTS[host] ?? [])]))];
}
