/**
 * Signing in with OpenID Connect: authorization code flow with PKCE (RFC 7636), as a public client.
 *
 * The ID token is kept in the tab's session storage: it ends with the tab and no other tab,
 * origin or request gets at it.
 */
import type { Oidc } from "./config";

interface Started {
  verifier: string;
  state: string;
  nonce: string;
  redirect: string;
  /** Where in the page its user was. */
  back: string;
}

/** What an ID token says of its holder; the API checks it, a page only shows it. */
export interface Claims {
  sub?: string;
  email?: string;
  name?: string;
  exp?: number;
  nonce?: string;
  [claim: string]: unknown;
}

const STARTED = "frontdesk.signing-in";
const TOKEN = "frontdesk.id-token";
/** A token that ends while its request is on the way is of no use. */
const MARGIN_SECONDS = 10;

/** Leaves the page to sign in.
 *
 * @param redirect - Path of this origin that the issuer may send people back to.
 */
export async function signIn(oidc: Oidc, redirect: string): Promise<void> {
  const started: Started = {
    verifier: random(48),
    state: random(16),
    nonce: random(16),
    redirect: new URL(redirect, location.origin).href,
    back: location.pathname + location.search + location.hash,
  };
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(started.verifier));
  sessionStorage.setItem(STARTED, JSON.stringify(started));
  const target = new URL(oidc.authorization_endpoint, location.origin);
  target.search = new URLSearchParams({
    response_type: "code",
    client_id: oidc.client_id,
    redirect_uri: started.redirect,
    scope: oidc.scope,
    state: started.state,
    nonce: started.nonce,
    code_challenge: base64url(new Uint8Array(challenge)),
    code_challenge_method: "S256",
  }).toString();
  location.assign(target);
}

/**
 * Takes up what the issuer sent back, if the page was opened by it.
 *
 * @returns Whether somebody has just signed in.
 * @throws An error that says why it did not work.
 */
export async function completeSignIn(oidc: Oidc): Promise<boolean> {
  const answer = new URLSearchParams(location.search);
  const code = answer.get("code");
  if (!code && !answer.has("error")) return false;
  const text = sessionStorage.getItem(STARTED);
  sessionStorage.removeItem(STARTED);
  const started = text ? (JSON.parse(text) as Started) : null;
  // Neither code nor state stays in the address, the history or a bookmark.
  history.replaceState(null, "", started?.back ?? location.pathname);
  if (!started || answer.get("state") !== started.state) {
    throw new Error("This sign-in was not started here. Please sign in again.");
  }
  if (!code) throw new Error(answer.get("error_description") ?? "Signing in was refused.");
  const response = await fetch(new URL(oidc.token_endpoint, location.origin), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: oidc.client_id,
      code,
      code_verifier: started.verifier,
      redirect_uri: started.redirect,
    }),
    credentials: "omit",
  });
  if (!response.ok) throw new Error("Signing in did not work. Please try again.");
  const token = ((await response.json()) as { id_token?: string }).id_token;
  if (!token || claimsOf(token)?.nonce !== started.nonce) throw new Error("Signing in did not work.");
  sessionStorage.setItem(TOKEN, token);
  return true;
}

/** Returns the token of whoever is signed in; null where nobody is (any more). */
export function currentToken(): string | null {
  const token = sessionStorage.getItem(TOKEN);
  if (!token || !endsLater(token)) return null;
  return token;
}

/** Forgets who was signed in. */
export function signOut(): void {
  sessionStorage.removeItem(TOKEN);
}

/** Tells whether a token can still be used; one that does not say when it ends can. */
export function endsLater(token: string): boolean {
  const end = claimsOf(token)?.exp;
  return typeof end !== "number" || end - MARGIN_SECONDS > Date.now() / 1000;
}

/** Reads a token without checking it; null where it is none that can be read. */
export function claimsOf(token: string): Claims | null {
  try {
    const part = token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
  } catch {
    return null;
  }
}

function random(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
