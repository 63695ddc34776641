// An empty project into which packed packages are installed, as somebody does who has never seen this repository.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { compiler, packageManager, root } from "./workspace.mjs";

const modules = (name) => join(root, "node_modules", name);

/** How each manager installs, and where it is told that the packages' own dependencies are the tarballs too. */
const managers = {
  npm: {
    command: ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline"],
    redirect: () => {},
  },
  pnpm: {
    command: ["npx", "-y", packageManager, "install", "--prefer-offline", "--no-frozen-lockfile"],
    redirect: ({ folder, own }) => {
      const overrides = Object.entries(own).map(([name, from]) => `  "${name}": "${from}"\n`);
      writeFileSync(join(folder, "pnpm-workspace.yaml"), `overrides:\n${overrides.join("")}`);
    },
  },
  yarn: {
    command: [
      "npx",
      "-y",
      "yarn@1.22.22",
      "install",
      "--no-lockfile",
      "--non-interactive",
      "--cache-folder=.yarn", // its own would give the tarball of this name that was there last time
      "--ignore-engines", // a dependency of Fastify's wants Node 22, and yarn would not install it on 20
      "--prefer-offline",
    ],
    redirect: ({ manifest, own }) => {
      manifest.resolutions = own;
    },
  },
};

/**
 * Installs `packages` (`{ manifest, tarball }`) into `folder`, which is empty, with what they want and what is to be beside
 * them, and resolves to `{ code, output }`.
 */
export async function install({ folder, packages, manager = "npm", beside = {} }) {
  const own = Object.fromEntries(packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  const dependencies = { ...peersOf(packages), ...beside, ...own };
  const manifest = { name: "stranger", private: true, dependencies };
  const { command, redirect } = managers[manager];
  mkdirSync(folder, { recursive: true });
  redirect({ folder, manifest, own });
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const [program, ...args] = command;
  return run(program, args, { cwd: folder, collect: true });
}

/** Optional peers stay out: a package must load without them. */
function peersOf(packages) {
  return Object.fromEntries(
    packages.flatMap(({ manifest }) =>
      Object.entries(manifest.peerDependencies ?? {}).filter(
        ([name]) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
      ),
    ),
  );
}

/** Loads a package in each way it offers, and lets the dashboard find the files beside its code. */
export function load(folder, { name, dual }) {
  const quoted = JSON.stringify(name);
  const use = name === "@metricast/dashboard" ? "(loaded) => loaded.dashboardHandler()" : "() => {}";
  const required = dual ? `(${use})(require(${quoted}));` : "";
  const script = `${required} import(${quoted}).then(${use}).catch((error) => { console.error(error); process.exit(1); })`;
  return run(process.execPath, ["-e", script], { cwd: folder, collect: true });
}

/**
 * Runs a file of `strangers/` where everything is installed. It fails where something is not as it should be.
 * @param {string} folder
 * @param {string} file
 * @param {{ by?: readonly string[], args?: readonly string[], env?: Record<string, string> }} how
 */
export async function runProgram(folder, file, { by = [], args = [], env = {} } = {}) {
  copyFileSync(join(root, "tools", "strangers", file), join(folder, file));
  return run(process.execPath, [...by, file, ...args], { cwd: folder, env, collect: true });
}

/** Compiles programs that import the packages, one as an ES module and one as CommonJS, with their declarations checked too. */
export async function compile(folder, packages, tsc = join(root, compiler)) {
  const asModule = await compileProgram(folder, "program.mts", packages, tsc);
  if (asModule.code !== 0) return asModule;
  const dual = packages.filter((each) => each.dual);
  return compileProgram(folder, "program.cts", dual, tsc);
}

/** A program of its own: in one program a plugin's two forms would each add their property to the host's types. */
function compileProgram(folder, file, packages, tsc) {
  const imports = packages.map(
    ({ name }, at) => `import * as package${at} from "${name}";\nexport { package${at} };\n`,
  );
  writeFileSync(join(folder, file), imports.join(""));
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    typeRoots: [modules("@types")],
    types: ["node"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  return run(process.execPath, [tsc, "-p", folder], { cwd: folder, collect: true });
}
