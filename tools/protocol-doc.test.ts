import { readFileSync } from "node:fs";
import {
  closeCodes,
  jsonSubprotocol,
  mayReconnect,
  parseClientMessage,
  protocolLimits,
  wireCodes,
} from "@metricast/protocol";
import { describe, expect, test } from "vitest";
import { clientFields, outcomes, resetReasons, schemaFields, serverFields } from "./protocol-doc/fields.js";
import { fenced, type Table, tablesOf, words } from "./protocol-doc/markdown.js";
import { refPath, YamlDocument } from "./protocol-doc/yaml.js";

const read = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8");
const page = read("protocol.md");
const tables = tablesOf(page);
const asyncapi = new YamlDocument(read("protocol.asyncapi.yaml"));
const fields = new Map<string, Readonly<Record<string, string>>>(
  Object.entries({ ...clientFields, ...serverFields }),
);

function table(firstColumn: string, under?: string): Table {
  const found = tables.filter(
    ({ columns, heading }) => columns[0] === firstColumn && (under === undefined || heading === under),
  );
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`${found.length} tables of ${firstColumn} under ${under}`);
  return only;
}

const firstWords = ({ rows }: Table) => rows.flatMap(([cell]) => words(cell));

describe("the protocol's page", () => {
  test("lists every message type, and who sends it", () => {
    const listed = table("type").rows.map(([type, by]) => [words(type)[0], by]);
    const real = [
      ...Object.keys(clientFields).map((type) => [type, "client"]),
      ...Object.keys(serverFields).map((type) => [type, "server"]),
    ];
    expect(listed.sort()).toEqual(real.sort());
  });

  test.each([...fields])("has the fields of `%s`, and which of them are optional", (type, real) => {
    const documented = table("field", `\`${type}\``).rows.map(
      ([field, kind]) => [words(field)[0], kind?.includes("optional") ? "optional" : "required"] as const,
    );
    expect(Object.fromEntries(documented)).toEqual(real);
  });

  test("lists every word of an error, with its meaning", () => {
    const listed = table("word", "`error`").rows.map(([word, temporary, meaning]) => [
      words(word)[0],
      { temporary: temporary === "yes", meaning: meaning?.replaceAll("`", "") },
    ]);
    const plain = Object.entries(wireCodes).map(([word, { meaning, temporary }]) => [
      word,
      { temporary, meaning: meaning.replaceAll("`", "") },
    ]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(plain));
  });

  test("lists every close code, with its reason and whether to come back", () => {
    const listed = table("code").rows.map(([code, name, reason, reconnect, meaning]) => ({
      code,
      name: words(name)[0],
      reason,
      reconnect,
      meaning: meaning?.replaceAll("`", ""),
    }));
    const real = Object.entries(closeCodes).map(([name, { code, reason, meaning }]) => ({
      code: String(code),
      name,
      reason,
      reconnect: mayReconnect(code) ? "yes" : "no",
      meaning: meaning.replaceAll("`", ""),
    }));
    expect(listed).toEqual(real);
  });

  test("lists every outcome of a resume and every reason of a reset", () => {
    expect(firstWords(table("outcome"))).toEqual(Object.keys(outcomes));
    expect(firstWords(table("reason of a reset"))).toEqual(Object.keys(resetReasons));
  });

  test("has the bounds of a message", () => {
    const bounds = new Map(
      table("what").rows.map(([what = "", bound = ""]) => [what.replaceAll("`", ""), bound]),
    );
    const bound = (what: string) => Number((bounds.get(what) ?? "").replaceAll(",", "").split(" ").at(-1));
    expect(bound("nesting")).toBe(protocolLimits.maxDepth);
    expect(bound("keys of one object")).toBe(protocolLimits.maxKeys);
    expect(bound("items of a list")).toBe(protocolLimits.maxItems);
    expect(bound("characters of a string")).toBe(protocolLimits.maxStringLength);
    expect(bound("characters of token")).toBe(protocolLimits.maxTokenLength);
    expect(bound("characters of position")).toBe(protocolLimits.maxPositionLength);
    expect(bound("patterns of a select")).toBe(protocolLimits.maxPatterns);
    expect(bound("points")).toBe(protocolLimits.maxPoints);
    expect(page).toContain(jsonSubprotocol);
  });
});

describe("its examples", () => {
  const lines = fenced(page, "transcript").flatMap((example) => example.split("\n"));
  const said = (sign: string) => lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(2));
  // One message each, on as many lines as a formatter likes.
  const single = fenced(page, "json").map((example) => JSON.stringify(JSON.parse(example)));
  const shown = [...said("< "), ...single];

  test("are there", () => {
    expect(said("> ").length).toBeGreaterThan(2);
    expect(shown.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !/^[<>] \{/.test(line))).toEqual([]);
  });

  test.each(said("> "))("of a client are what a server takes: %s", (line) => {
    expect(parseClientMessage(line)).toMatchObject({ ok: true, message: JSON.parse(line) });
  });

  test.each(shown)("of a server have the fields of their type: %s", (line) => {
    const { type, ...rest }: Record<string, unknown> = JSON.parse(line);
    const real = Object.entries(fields.get(String(type)) ?? {});
    expect(real.map(([field]) => field)).toEqual(expect.arrayContaining(Object.keys(rest)));
    const required = real.filter(([, kind]) => kind === "required").map(([field]) => field);
    expect(Object.keys(rest)).toEqual(expect.arrayContaining(required));
  });
});

describe("the AsyncAPI document", () => {
  test("names every message type, in its channel too", () => {
    const types = [...fields.keys()].sort();
    expect(asyncapi.keys("components", "messages").sort()).toEqual(types);
    expect(asyncapi.keys("channels", "session", "messages").sort()).toEqual(types);
  });

  test.each([...fields])("has the fields of %s", (type, real) => {
    // By the channel, so that a message under another's name shows.
    const payload = ["channels", "session", "messages", type, "payload"];
    expect(asyncapi.at(...payload, "properties", "type", "const")).toBe(type);
    expect(asyncapi.keys(...payload, "properties")).toEqual(["type", ...Object.keys(real)]);
    const required = Object.keys(real).filter((field) => real[field] === "required");
    expect(asyncapi.at(...payload, "required")).toEqual(["type", ...required]);
  });

  test.each(Object.entries(schemaFields))("has the fields of %s", (name, real) => {
    expect(asyncapi.keys("components", "schemas", name, "properties")).toEqual(Object.keys(real));
  });

  test("refers only to what it has, and has nothing that it does not refer to", () => {
    const refs = asyncapi.refs();
    for (const ref of refs) expect(asyncapi.at(...refPath(ref)), ref).toBeInstanceOf(Map);
    for (const kind of ["messages", "schemas"]) {
      const unused = asyncapi
        .keys("components", kind)
        .filter((name) => !refs.includes(`#/components/${kind}/${name}`));
      expect(unused, kind).toEqual([]);
    }
  });
});
