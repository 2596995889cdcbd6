/**
 * Markdown, shown safely: what agents, people and documents wrote is never parsed as HTML.
 *
 * marked only tells what is a heading, a list, a link. Elements are made here, one by one, of an
 * allow-list: there is no HTML in between that would have to be cleaned, and pages can forbid the
 * browser to take any (`require-trusted-types-for 'script'`). Raw HTML is shown as the text it is,
 * an image as its description, a link only where it leads to http(s) or mailto.
 */
import { Lexer, type Token, type Tokens, Tokenizer } from "marked";
import type { ComponentChildren, VNode } from "preact";
import { decodeEntities, plain } from "./text";

/** Beyond this, text is shown as it is: no answer is that long, and parsing takes time. */
const MOST_CHARACTERS = 12_000;
/** So many signs in a row are no Markdown but an attempt to keep the reader's browser busy. */
const MOST_SIGNS = /(?:[-!"#$%&'()*+./:;<=>?@[\]^_`{|}~]\s?){120}/;
/** Beyond this, what is nested is shown as it was written. */
const DEEPEST = 10;

/** Finding where to break a word of this length takes a browser seconds: it is told. */
const ENDLESS_WORD = /\S{300}/;
const PIECE = /\S{100}/gu;

const NOTE_MARK = /\[(\d{1,3})\]/g;

/** Makes what a mark such as `[1]` becomes; null where it is no note but text. */
export type NoteMark = (number: number) => VNode | null;

interface Props {
  text: string;
  note?: NoteMark;
}

/** Tells the browser where it may break words that have no end. */
export function breakable(text: string): ComponentChildren {
  if (!ENDLESS_WORD.test(text)) return text;
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const piece of text.matchAll(PIECE)) {
    const end = piece.index + piece[0].length;
    parts.push(text.slice(from, end), <wbr />);
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

/** A definition such as `[1]: https://…` would turn the marks of notes into links. */
class WithoutDefinitions extends Tokenizer {
  override def(): undefined {
    return undefined;
  }
}

/** Shows a text that may have Markdown in it. */
export function Markdown({ text, note }: Props) {
  const cleaned = plain(text);
  const tokens = toTokens(cleaned);
  if (!tokens) return <p class="plain">{breakable(cleaned)}</p>;
  return <>{blocks(tokens, note, 0)}</>;
}

/** Shows an excerpt, whose lines were joined: emphasis and links, but neither lists nor headings. */
export function Excerpt({ text }: { text: string }) {
  const cleaned = plain(text);
  const tokens = toTokens(cleaned, "inlineTokens");
  return <>{tokens ? inline(tokens, undefined, 0) : breakable(cleaned)}</>;
}

function toTokens(text: string, how: "lex" | "inlineTokens" = "lex"): Token[] | null {
  if (text.length > MOST_CHARACTERS || MOST_SIGNS.test(text)) return null;
  try {
    const lexer = new Lexer({ gfm: true, breaks: true, tokenizer: new WithoutDefinitions() });
    return how === "lex" ? lexer.lex(text) : lexer.inlineTokens(text);
  } catch {
    // Thousands of nested quotes, say, are more than its recursion bears.
    return null;
  }
}

function blocks(tokens: Token[] | undefined, note: NoteMark | undefined, depth: number): ComponentChildren {
  return (tokens ?? []).map((token) => block(token, note, depth));
}

function block(token: Token, note: NoteMark | undefined, depth: number): ComponentChildren {
  if (depth > DEEPEST) return breakable(token.raw);
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      // Inside a message no heading is above the page's own.
      return <p class="heading">{inline(token.tokens, note, depth + 1)}</p>;
    case "paragraph":
      return <p>{inline(token.tokens, note, depth + 1)}</p>;
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote>{blocks(token.tokens, note, depth + 1)}</blockquote>;
    case "list":
      return list(token as Tokens.List, note, depth);
    case "table":
      return table(token as Tokens.Table, note, depth);
    case "hr":
      return <hr />;
    case "text":
      return token.tokens ? inline(token.tokens, note, depth + 1) : words(token.raw, note);
    default:
      return inline([token], note, depth);
  }
}

function list(token: Tokens.List, note: NoteMark | undefined, depth: number): VNode {
  const items = token.items.map((item) => <li>{blocks(item.tokens, note, depth + 1)}</li>);
  if (!token.ordered) return <ul>{items}</ul>;
  return <ol start={token.start === "" ? 1 : token.start}>{items}</ol>;
}

function table(token: Tokens.Table, note: NoteMark | undefined, depth: number): VNode {
  const cell = (of: Tokens.TableCell) => inline(of.tokens, note, depth + 1);
  return (
    <div class="table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {token.header.map((of) => (
              <th scope="col">{cell(of)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row) => (
            <tr>
              {row.map((of) => (
                <td>{cell(of)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(tokens: Token[] | undefined, note: NoteMark | undefined, depth: number): ComponentChildren {
  return (tokens ?? []).map((token) => span(token, note, depth));
}

function span(token: Token, note: NoteMark | undefined, depth: number): ComponentChildren {
  if (depth > DEEPEST) return breakable(token.raw);
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens, note, depth + 1)}</strong>;
    case "em":
      return <em>{inline(token.tokens, note, depth + 1)}</em>;
    case "del":
      return <del>{inline(token.tokens, note, depth + 1)}</del>;
    case "codespan":
      return <code>{breakable((token as Tokens.Codespan).text)}</code>;
    case "br":
      return <br />;
    case "checkbox":
      return (token as Tokens.Checkbox).checked ? "☑ " : "☐ ";
    case "link":
      return link(token as Tokens.Link, note, depth);
    case "image":
      return words((token as Tokens.Image).text, note);
    case "escape":
      return (token as Tokens.Escape).text;
    case "html":
      // The only tag that Markdown's own tables need.
      return /^<br\s*\/?>$/i.test(token.raw.trim()) ? <br /> : breakable(token.raw);
    case "text":
      return token.tokens ? inline(token.tokens, note, depth + 1) : words((token as Tokens.Text).text, note);
    default:
      return breakable(token.raw);
  }
}

function link(token: Tokens.Link, note: NoteMark | undefined, depth: number): ComponentChildren {
  const label = inline(token.tokens, note, depth + 1);
  const target = safeTarget(token.autolink ? token.href : decodeEntities(token.href));
  if (!target) return label;
  const elsewhere = namesAnotherHost(token.text, target) ? ` (${target.host})` : null;
  return (
    <>
      <SafeLink target={target}>{label}</SafeLink>
      {elsewhere}
    </>
  );
}

/** A link that opens in a new tab, which learns nothing of this one. */
export function SafeLink({ target, children }: { target: URL; children: ComponentChildren }) {
  return (
    <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Returns where a link leads; null where that is nothing a reader may be led to. */
export function safeTarget(href: string | null | undefined): URL | null {
  let target: URL;
  try {
    target = new URL(plain(href ?? "").trim());
  } catch {
    return null; // Relative links of a document mean nothing here.
  }
  const isWeb = target.protocol === "https:" || target.protocol === "http:";
  if (isWeb) return target.username || target.password ? null : target;
  return target.protocol === "mailto:" ? target : null;
}

/** Tells whether a link's text is itself an address, but of another host than it leads to. */
function namesAnotherHost(text: string, target: URL): boolean {
  const named = /^(?:https?:\/\/)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?#]|$)/i.exec(text.trim())?.[1];
  if (!named || target.protocol === "mailto:") return false;
  return withoutWww(named) !== withoutWww(target.hostname);
}

function withoutWww(host: string): string {
  return host.toLowerCase().replace(/^www\./, "");
}

function words(text: string, note: NoteMark | undefined): ComponentChildren {
  const decoded = decodeEntities(text);
  if (!note) return breakable(decoded);
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const mark of decoded.matchAll(NOTE_MARK)) {
    const shown = note(Number(mark[1]));
    if (!shown) continue;
    parts.push(breakable(decoded.slice(from, mark.index)), shown);
    from = mark.index + mark[0].length;
  }
  parts.push(breakable(decoded.slice(from)));
  return parts;
}
