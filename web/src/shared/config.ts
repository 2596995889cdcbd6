/** What a page has to know of the place it is served from. */

/** Where people sign in. */
export interface Oidc {
  authorization_endpoint: string;
  token_endpoint: string;
  client_id: string;
  scope: string;
}

export interface Config {
  /** Where the API is; empty for the page's own origin. */
  api: string;
  /** Null where nobody signs in. */
  oidc: Oidc | null;
}

/** Reads it: the gateway or the bucket serves it beside the pages. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("/config.json", { credentials: "omit" });
  if (!response.ok) throw new Error(`/config.json was answered with ${response.status}.`);
  return (await response.json()) as Config;
}
