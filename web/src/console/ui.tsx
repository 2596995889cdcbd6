/** The small parts that all views are made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { reason } from "./desk";
import type { Loaded } from "./hooks";
import { dateTime, label, relative } from "./words";

export type Tone = "plain" | "accent" | "good" | "warn" | "bad";

export function Badge({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

const TONES: Record<string, Tone> = {
  open: "accent",
  in_progress: "accent",
  waiting: "warn",
  resolved: "good",
  completed: "good",
  published: "good",
  active: "good",
  paid: "good",
  trial: "accent",
  draft: "warn",
  overdue: "bad",
  past_due: "bad",
  failed: "bad",
  urgent: "bad",
  high: "warn",
  handed_off: "warn",
};

/** A state or a priority, in its colour. */
export function State({ value }: { value: string }) {
  return <Badge tone={TONES[value] ?? "plain"}>{label(value)}</Badge>;
}

/** When something was, as long ago as it is; the whole of it on pointing. */
export function Ago({ iso }: { iso: string }) {
  return (
    <time dateTime={iso} title={dateTime(iso)}>
      {relative(iso)}
    </time>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const line = reason(error);
  if (!line) return null;
  return (
    <div class="failure" role="alert">
      <p>{line}</p>
      {retry && (
        <button type="button" class="button small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What was loaded; until then, and where it cannot be, what to say instead. */
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  return (
    <>
      {of.error != null && <Failure error={of.error} retry={of.reload} />}
      {of.data !== null ? children(of.data) : of.error == null && <p class="loading">Loading…</p>}
    </>
  );
}

interface FieldProps {
  title: string;
  hint?: string;
  children: (id: string) => ComponentChildren;
}

/** A label above what it names. */
export function Field({ title, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{title}</label>
      {children(id)}
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}

interface ChoiceProps {
  title: string;
  value: string;
  options: readonly string[];
  /** What stands for no choice; without it there has to be one. */
  any?: string;
  isDisabled?: boolean;
  onPick(value: string): void;
}

export function Choice({ title, value, options, any, isDisabled, onPick }: ChoiceProps) {
  return (
    <Field title={title}>
      {(id) => (
        <select id={id} value={value} disabled={isDisabled} onChange={(event) => onPick(event.currentTarget.value)}>
          {any !== undefined && <option value="">{any}</option>}
          {options.map((option) => (
            <option value={option}>{label(option)}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface DialogProps {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  isWide?: boolean;
}

/** A dialog over the page; Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, children, isWide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      dialog.current?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isWide ? "dialog wide" : "dialog"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="button ghost small" onClick={onClose}>
          Close
        </button>
      </header>
      <div class="dialog-body" tabIndex={0} role="group" aria-labelledby={id}>
        {children}
      </div>
    </dialog>
  );
}

interface TabsProps {
  title: string;
  current: string;
  tabs: { name: string; text: string; href: string; count?: number | undefined }[];
}

/** Links between the parts of a view. */
export function Tabs({ title, current, tabs }: TabsProps) {
  return (
    <nav class="tabs" aria-label={title}>
      {tabs.map(({ name, text, href, count }) => (
        <a href={href} aria-current={name === current ? "page" : undefined}>
          {text}
          {count ? <span class="tab-count">{count}</span> : null}
        </a>
      ))}
    </nav>
  );
}

/** The head of a view. */
export function Head({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <header class="head">
      <h1>{title}</h1>
      {children && <div class="head-side">{children}</div>}
    </header>
  );
}

/** Names and values, two columns. */
export function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface TableProps<T> {
  title: string;
  columns: string[];
  rows: T[];
  /** The cells of a row; the first one names it. */
  cells: (row: T) => ComponentChildren[];
  none: string;
}

/** A table that scrolls sideways where it has no room. */
export function Table<T>({ title, columns, rows, cells, none }: TableProps<T>) {
  if (!rows.length) return <Empty title={none} />;
  return (
    <div class="table" tabIndex={0} role="region" aria-label={title}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const [first, ...rest] = cells(row);
            return (
              <tr>
                <th scope="row">{first}</th>
                {rest.map((cell) => (
                  <td>{cell}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Saves a text as a file of the reader's. */
export function download(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
