/** The frame around all views: where to go, who is signed in, and what was said in passing. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Api } from "../shared/api";
import { type Desk, DeskContext } from "./desk";
import { Icon, type IconName } from "./icons";
import type { Me } from "./model";
import { type Route, to, useRoute } from "./router";
import { currentTheme, nextTheme } from "./theme";
import { Audit } from "./views/audit";
import { Customers } from "./views/customers";
import { Dashboard } from "./views/dashboard";
import { Inbox } from "./views/inbox";
import { Knowledge } from "./views/knowledge";
import { Tickets } from "./views/tickets";
import { label } from "./words";

const SAID_MS = 6000;

interface Section {
  name: string;
  text: string;
  icon: IconName;
  isForAdmins?: boolean;
  view(props: { route: Route }): preact.JSX.Element;
}

const SECTIONS: Section[] = [
  { name: "inbox", text: "Inbox", icon: "inbox", view: Inbox },
  { name: "tickets", text: "Tickets", icon: "ticket", view: Tickets },
  { name: "knowledge", text: "Knowledge", icon: "book", view: Knowledge },
  { name: "customers", text: "Customers", icon: "people", view: Customers },
  { name: "dashboard", text: "Dashboard", icon: "chart", view: Dashboard },
  { name: "audit", text: "Audit", icon: "shield", view: Audit, isForAdmins: true },
];

interface Props {
  api: Api;
  me: Me;
  onSignOut(): void;
}

export function App({ api, me, onSignOut }: Props) {
  const route = useRoute();
  const [said, setSaid] = useState<{ text: string; tone: "good" | "bad" } | null>(null);
  const [theme, setTheme] = useState(currentTheme());
  const main = useRef<HTMLElement>(null);
  const say = useCallback<Desk["say"]>((text, tone = "good") => setSaid({ text, tone }), []);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const desk = useMemo<Desk>(() => ({ api, me, say }), [api, me, say]);
  const sections = SECTIONS.filter(({ isForAdmins }) => me.admin || !isForAdmins);
  const section = sections.find(({ name }) => name === route.path[0]) ?? sections[0]!;
  useEffect(() => {
    document.title = `${section.text} · Frontdesk`;
  }, [section]);
  const View = section.view;
  return (
    <DeskContext.Provider value={desk}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <div class="shell">
        <nav class="rail" aria-label="Main">
          <p class="brand">
            <span class="brand-mark" aria-hidden="true" />
            <span class="brand-name">Frontdesk</span>
          </p>
          <ul>
            {sections.map(({ name, text, icon }) => (
              <li>
                <a href={to([name])} aria-current={name === section.name ? "page" : undefined}>
                  <Icon name={icon} />
                  <span>{text}</span>
                </a>
              </li>
            ))}
          </ul>
          <div class="rail-foot">
            <p class="who" title={me.email ?? undefined}>
              {me.email ?? "Staff"}
              <span>{me.admin ? "Administrator" : "Support"}</span>
            </p>
            <button type="button" class="button ghost small" onClick={() => setTheme(nextTheme())}>
              <Icon name="sun" />
              <span>
                <span class="visually-hidden">Theme: </span>
                {label(theme)}
              </span>
            </button>
            <button type="button" class="button ghost small" onClick={onSignOut}>
              <Icon name="leave" />
              <span>Sign out</span>
            </button>
          </div>
        </nav>
        <main id="main" ref={main} tabIndex={-1} class={`view ${section.name}`}>
          <View route={section.name === route.path[0] ? route : { path: [section.name], query: route.query }} />
        </main>
      </div>
      <div class="said" role="status" aria-live="polite">
        {said && <p class={said.tone}>{said.text}</p>}
      </div>
    </DeskContext.Provider>
  );
}
