/** The sample company's page: what a customer of CloudFlow would see, with the widget on it. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Config, loadConfig } from "../shared/config";
import { claimsOf, completeSignIn, currentToken, signIn, signOut } from "../shared/oidc";
import "../shared/tokens.css";
import "./demo.css";

declare global {
  interface Window {
    /** What the widget asks for a signed-in customer's token. */
    cloudflowToken?: () => string | null;
  }
}

const FEATURES = [
  ["Plan together", "Boards, timelines and milestones that a team keeps up to date without meetings."],
  ["Ship on time", "See what is late before it is late, and who can help."],
  ["Connect your tools", "Source control, chat and calendars in both directions, with an API for the rest."],
] as const;

function Page({ config, problem }: { config: Config | null; problem: string | null }) {
  const [token, setToken] = useState(currentToken);
  const name = token ? (claimsOf(token)?.name ?? claimsOf(token)?.email) : null;
  const leave = () => {
    signOut();
    setToken(null);
    void window.Frontdesk?.refresh();
  };
  useEffect(() => {
    document.title = name ? `CloudFlow – ${name}` : "CloudFlow";
  }, [name]);
  return (
    <>
      <header class="bar">
        <span class="brand">CloudFlow</span>
        <nav aria-label="Account">
          {name ? (
            <>
              <span>{name}</span>
              <button type="button" onClick={leave}>
                Sign out
              </button>
            </>
          ) : config?.oidc ? (
            <button type="button" onClick={() => config.oidc && void signIn(config.oidc, "/")}>
              Sign in
            </button>
          ) : null}
        </nav>
      </header>
      <main>
        <section class="hero">
          <h1>Projects that flow.</h1>
          <p>Project management for software teams: less status, more work done.</p>
          <button type="button" class="primary" onClick={() => window.Frontdesk?.open()}>
            Ask us anything
          </button>
          {problem ? (
            <p role="alert" class="problem">
              {problem}
            </p>
          ) : null}
        </section>
        <ul class="features">
          {FEATURES.map(([title, text]) => (
            <li key={title}>
              <h2>{title}</h2>
              <p>{text}</p>
            </li>
          ))}
        </ul>
        <section class="about">
          <h2>This is a sample</h2>
          <p>
            CloudFlow does not exist; its support desk does. Ask as a guest, or sign in as one of the sample customers and
            ask about “my invoices”. Support works in <a href="/console/">the console</a>. Everything else is in{" "}
            <a href="/api/docs">the API’s documentation</a>.
          </p>
        </section>
      </main>
    </>
  );
}

async function start(): Promise<void> {
  window.cloudflowToken = currentToken;
  const app = document.getElementById("app")!;
  let config: Config | null = null;
  let problem: string | null = null;
  try {
    config = await loadConfig();
    if (config.oidc && (await completeSignIn(config.oidc))) await window.Frontdesk?.refresh();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  render(<Page config={config} problem={problem} />, app);
}

void start();
