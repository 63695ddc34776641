// Debian packages that tests run against: real programs instead of stand-ins.
import { accessSync, constants, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, tookSince } from "./command.mjs";

const wanted = [
  {
    package: "prometheus-node-exporter",
    binary: "prometheus-node-exporter",
    unit: "prometheus-node-exporter",
  },
  { package: "python3", binary: "python3" },
  { package: "chromium", binary: "chromium" },
  { package: "redis-server", binary: "redis-server", unit: "redis-server" },
  { package: "haproxy", binary: "haproxy", unit: "haproxy", versionBy: "-v" },
  { package: "nftables", binary: "nft" },
  { package: "openssl", binary: "openssl", versionBy: "version" },
  { package: "curl", binary: "curl" },
  { package: "nginx", binary: "nginx", unit: "nginx", versionBy: "-v" },
];

const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/bin", "/usr/bin", "/usr/sbin"];

function find(binary) {
  for (const folder of folders) {
    const path = join(folder, binary);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Installs what is missing where that is allowed, else says in one line what to install. */
export async function installSystemPackages() {
  const missing = wanted.filter(({ binary }) => find(binary) === undefined);
  if (missing.length > 0) await install(missing);
  for (const { binary, versionBy = "--version" } of wanted) {
    const path = find(binary);
    if (path !== undefined) console.log(`system: ${await version(path, versionBy)}`);
  }
}

async function install(missing) {
  const names = missing.map((entry) => entry.package);
  const mayInstall = process.getuid?.() === 0 && find("apt-get") !== undefined;
  if (!mayInstall) {
    console.log(`system: some tests need these, please install: sudo apt-get install ${names.join(" ")}`);
    return;
  }
  console.log(`system: installing ${names.join(", ")}`);
  const startedAt = performance.now();
  const code = await withoutStartingServices(() => aptInstall(names));
  if (code !== 0) {
    console.log(`system: apt-get failed; by hand: apt-get install ${names.join(" ")}`);
    return;
  }
  await keepServicesOff(missing);
  console.log(`system: installed in ${tookSince(startedAt)}`);
}

async function aptInstall(names) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const update = await run("apt-get", ["-qq", "update"], { env, collect: true });
  const install = await run("apt-get", ["-qq", "install", "-y", "--no-install-recommends", ...names], {
    env,
    collect: true,
  });
  if (install.code !== 0) console.log(`${update.output}${install.output}`.trim());
  return install.code;
}

const policy = "/usr/sbin/policy-rc.d";
const policyAside = `${policy}.metricast-aside`;

/** Debian starts a daemon that it installs, unless this file forbids it while the package is set up. */
async function withoutStartingServices(work) {
  if (existsSync(policy)) renameSync(policy, policyAside);
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  process.once("exit", restorePolicy); // an interrupted run restores it too
  try {
    return await work();
  } finally {
    restorePolicy();
    process.off("exit", restorePolicy);
  }
}

function restorePolicy() {
  rmSync(policy, { force: true });
  if (existsSync(policyAside)) renameSync(policyAside, policy);
}

/** The tests start these programs themselves: a machine's next boot shall not. */
async function keepServicesOff(installed) {
  if (find("systemctl") === undefined) return;
  for (const { unit } of installed) {
    if (unit !== undefined) await run("systemctl", ["disable", unit], { collect: true });
  }
}

async function version(path, versionBy) {
  const { output } = await run(path, [versionBy], { collect: true });
  return output.trim().split("\n")[0] || path;
}
