/** The entry of the console: who is signed in, then the console itself. */
import { render } from "preact";
import { loadConfig } from "../shared/config";
import { completeSignIn } from "../shared/oidc";
import "../shared/tokens.css";
import "./styles/console.css";
import { Gate } from "./gate";
import { applyTheme } from "./theme";

async function start(): Promise<void> {
  applyTheme();
  const place = document.getElementById("app")!;
  let problem: string | null = null;
  const config = await loadConfig();
  try {
    if (config.oidc) await completeSignIn(config.oidc);
  } catch (error) {
    problem = error instanceof Error ? error.message : "Signing in did not work.";
  }
  place.replaceChildren();
  render(<Gate config={config} problem={problem} />, place);
}

start().catch((error: unknown) => {
  const said = document.createElement("p");
  said.setAttribute("role", "alert");
  said.textContent = "The console could not start. Please reload the page.";
  document.getElementById("app")?.replaceChildren(said);
  throw error;
});
