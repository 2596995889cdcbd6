import { describe, expect, test } from "vitest";
import { contrast, readableOn, readColour, type Rgb, textOn, writeColour } from "../../src/shared/colours";
import { direction, pickLanguage, speaker } from "../../src/shared/i18n";
import { breakable, safeTarget } from "../../src/shared/markdown";
import { cut, decodeEntities, plain } from "../../src/shared/text";

test("what only deceives is dropped, what is written stays", () => {
  expect(plain("a\u202Eb\u2066c\u0000d\uFEFFe\r\nf\tg 👨‍👩‍👧")).toBe("abcde\nf\tg 👨‍👩‍👧");
});

test("character references are read, and no control comes in by them", () => {
  expect(decodeEntities("&lt;b&gt; &amp; &#65;&#x42; &nope; &#8238;x &#0; &#xD800;")).toBe("<b> & AB &nope; x \uFFFD \uFFFD");
});

test("long titles are cut", () => {
  expect(cut("abcdef", 3)).toBe("abc…");
  expect(cut("abc", 3)).toBe("abc");
});

test("a word without an end gets places to break, and nothing else changes", () => {
  const parts = breakable("A".repeat(1000)) as unknown[];
  expect(parts.filter((part) => typeof part === "string").join("")).toBe("A".repeat(1000));
  expect(parts.length).toBeGreaterThan(10);
  expect(breakable("short words")).toBe("short words");
});

test.each([
  ["https://example.com/a?b#c", "https://example.com/a?b#c"],
  ["http://example.com", "http://example.com/"],
  ["mailto:help@example.com", "mailto:help@example.com"],
])("%s may be followed", (href, target) => {
  expect(safeTarget(href)?.href).toBe(target);
});

test.each(["javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\u0001javascript:x", "data:text/html,x", "vbscript:x",
  "file:///etc/passwd", "blob:https://a/b", "//evil.example", "/path", "#x", "https://user@evil.example", "", null])(
  "%j may not",
  (href) => {
    expect(safeTarget(href)).toBeNull();
  },
);

describe("a company's colour", () => {
  const backgrounds: Rgb[] = [[255, 255, 255], [0x15, 0x18, 0x1e]];
  test.each(["#fff", "#000000", "#e8a33d", "#2456d6", "#7f7f7f", "#00ff00"])("%s can be read", (text) => {
    const colour = readColour(text)!;
    expect(contrast(colour, textOn(colour))).toBeGreaterThanOrEqual(4.5);
    for (const background of backgrounds) {
      expect(contrast(readableOn(colour, background), background)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test("that is none is left out", () => {
    expect(readColour("red; background: url(x)")).toBeNull();
    expect(readColour(null)).toBeNull();
    expect(writeColour(readColour("#2456d6")!)).toBe("#2456d6");
  });
});

test("the first language that there are words of is taken", () => {
  expect(pickLanguage(["fr-FR", "de-AT", "en"], ["en", "de"])).toBe("de");
  expect(pickLanguage([undefined, ""], ["en", "de"])).toBe("en");
  expect([direction("ar-EG"), direction("he"), direction("en")]).toEqual(["rtl", "rtl", "ltr"]);
});

test("values are put into words", () => {
  const say = speaker({ hello: "Hello {name}, {other}" });
  expect(say("hello", { name: "Ada" })).toBe("Hello Ada, {other}");
});
