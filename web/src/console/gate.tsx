/** Lets staff in, and asks them to sign in again when their session ends. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { Api } from "../shared/api";
import type { Config } from "../shared/config";
import { currentToken, signIn, signOut } from "../shared/oidc";
import { SessionEnded } from "../shared/problem";
import { App } from "./app";
import { reason } from "./desk";
import type { Me } from "./model";
import { Dialog } from "./ui";

/** Where the issuer sends people back to. */
const HERE = "/console/";

interface Props {
  config: Config;
  /** Why the last sign-in did not work. */
  problem: string | null;
}

export function Gate({ config, problem }: Props) {
  const [me, setMe] = useState<Me | null>(null);
  const [failure, setFailure] = useState<string | null>(problem);
  const [hasEnded, setEnded] = useState(false);
  const api = useMemo(() => {
    const end = () => {
      signOut();
      setEnded(true);
      return false;
    };
    return new Api(config.api, {
      // Without a token the API would answer as it answers guests: with nothing, and no refusal.
      token: async () => {
        const token = currentToken();
        if (token) return token;
        end();
        throw new SessionEnded("The session has ended.");
      },
      refused: end,
    });
  }, [config]);

  useEffect(() => {
    if (!currentToken()) return;
    api.get<Me>("/api/me").then(setMe, (error: unknown) => setFailure(reason(error)));
  }, [api]);

  const enter = () => {
    if (config.oidc) void signIn(config.oidc, HERE);
  };
  const leave = () => {
    signOut();
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith("frontdesk.draft.")) sessionStorage.removeItem(key);
    }
    location.reload();
  };

  if (me?.kind === "staff") {
    return (
      <>
        <App api={api} me={me} onSignOut={leave} />
        {hasEnded && (
          <Dialog title="Your session has ended" onClose={() => undefined}>
            <p>Sign in again to go on. What you have typed is kept.</p>
            <button type="button" class="button primary" onClick={enter}>
              Sign in again
            </button>
          </Dialog>
        )}
      </>
    );
  }
  if (!me && !failure && !hasEnded && currentToken()) {
    return (
      <main class="welcome">
        <p class="loading">Loading…</p>
      </main>
    );
  }
  return (
    <main class="welcome">
      <div class="welcome-card">
        <p class="brand">
          <span class="brand-mark" aria-hidden="true" />
          Frontdesk
        </p>
        <h1>Support console</h1>
        {failure && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
        {me ? (
          <p>
            You are signed in as {me.email ?? "somebody"}, who is not a member of the support team.
          </p>
        ) : (
          <p>Sign in with your company account to see who is waiting.</p>
        )}
        {config.oidc ? (
          <button type="button" class="button primary large" onClick={enter}>
            {me ? "Sign in as somebody else" : "Sign in"}
          </button>
        ) : (
          <p class="hint">No issuer is configured here, so nobody can sign in.</p>
        )}
      </div>
    </main>
  );
}
