import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A certificate authority for one test, and a certificate of it for localhost and 127.0.0.1. */
export interface TestAuthority {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** What clients must trust, as PEM. */
  readonly ca: string;
  dispose(): Promise<void>;
}

const run = promisify(execFile);
const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes both with the system's `openssl`. */
export async function testAuthority(): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), "metricast-ca-"));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run("openssl", args);
  const ca = ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
  await openssl(
    "req",
    "-x509",
    ...curve,
    "-subj",
    "/CN=metricast test",
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
  );
  await openssl(
    ...["req", "-x509", ...curve, ...ca, "-subj", "/CN=localhost", "-addext", names],
    ...[
      "-addext",
      "basicConstraints=critical,CA:FALSE",
      "-keyout",
      file("server.key"),
      "-out",
      file("server.pem"),
    ],
  );
  return {
    caFile: file("ca.pem"),
    certFile: file("server.pem"),
    keyFile: file("server.key"),
    ca: await readFile(file("ca.pem"), "utf8"),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
