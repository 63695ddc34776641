import { importsOf, resolveRelative } from "./imports.js";
import type { PackageManifest } from "./repository.js";
import {
  isFixture,
  isPage,
  isTest,
  packageOf,
  type Rule,
  type SourceFile,
  type Violation,
} from "./source-file.js";

// A package imports only lower floors. The order here is the architecture: docs/architecture.md.
const floors: readonly (readonly string[])[] = [
  ["protocol"],
  ["core"],
  [
    "transport-ws",
    "transport-uws",
    "transport-sse",
    "store-memory",
    "store-redis",
    "sources",
    "client",
    "dashboard",
    "testkit",
  ],
  ["metricast"],
  ["fastify"],
];

// What a package may take from npm. A name that is missing here takes what its package.json lists.
const foreign = new Map<string, readonly string[]>([
  ["protocol", []],
  ["core", ["eventemitter3"]],
]);

// These run in a browser: nothing of Node may be loaded with them.
const browser = new Set(["protocol", "client"]);

const floorOf = (folder: string): number => floors.findIndex((names) => names.includes(folder));

export const importsLowerFloors: Rule = (file) => {
  const own = packageOf(file.path);
  if (own === undefined || isTest(file.path) || isFixture(file.path)) return [];
  return importsOf(file).flatMap(({ specifier, line, deferred }) => {
    // The one exception: the page takes the client along, when it is built.
    if (isPage(file.path) && packageName(specifier) === "@metricast/client") return [];
    const problem = specifier.startsWith(".")
      ? leavesPackage(file, specifier)
      : (forbiddenPackage(own, specifier) ?? forbiddenNode(file, specifier, deferred));
    return problem === undefined ? [] : [{ path: file.path, line, problem }];
  });
};

/** The same for what a package.json asks for. */
export function dependsOnLowerFloors(manifest: PackageManifest): Violation[] {
  const path = `packages/${manifest.folder}/package.json`;
  return manifest.dependencies.flatMap((name) => {
    const problem = forbiddenPackage(manifest.folder, name);
    return problem === undefined ? [] : [{ path, line: 1, problem }];
  });
}

function forbiddenPackage(own: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  const target = workspaceFolder(specifier);
  if (target === undefined) {
    const allowed = foreign.get(own);
    const fine = allowed === undefined || allowed.includes(packageName(specifier));
    return fine ? undefined : `${own} may not import ${specifier}`;
  }
  if (floorOf(own) < 0) return `${own} has no floor: give it one in tools/house-rules/floors.ts`;
  if (floorOf(target) < 0) return `${specifier} is not a package that ${own} may import`;
  return floorOf(target) < floorOf(own)
    ? undefined
    : `${own} may not import ${specifier}, which is not on a lower floor`;
}

function forbiddenNode({ path }: SourceFile, specifier: string, deferred: boolean): string | undefined {
  const own = packageOf(path) ?? "";
  const inBrowser = browser.has(own) || isPage(path);
  return inBrowser && specifier.startsWith("node:") && !deferred
    ? `${own} runs in a browser and may not load ${specifier}`
    : undefined;
}

function leavesPackage(file: SourceFile, specifier: string): string | undefined {
  const folder = file.path.split("/").slice(0, 3).join("/");
  const target = resolveRelative(file.path, specifier);
  return target.startsWith(`${folder}/`) ? undefined : `${specifier} leaves ${folder}`;
}

function workspaceFolder(specifier: string): string | undefined {
  const name = packageName(specifier);
  if (name === "metricast") return name;
  return name.startsWith("@metricast/") ? name.slice("@metricast/".length) : undefined;
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
