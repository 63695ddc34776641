/** A default that protects the host or its data, and a test that fails without it. */
export interface Safeguard {
  readonly promise: string;
  readonly file: string;
  /** The title of the test or of its suite, as it stands in the file. */
  readonly test: string;
}

const core = "packages/core/src";
const behaviour = "packages/metricast/src/behaviour";

/** docs/security.md shows this list. */
export const safeguards: readonly Safeguard[] = [
  {
    promise:
      "With nothing configured nobody is served in production, and in development only who has the start token.",
    file: `${behaviour}/access.test.ts`,
    test: "in production nobody is served, and every place says which option to set",
  },
  {
    promise: "Serving everybody takes `public: true`, and is said once.",
    file: `${behaviour}/access.test.ts`,
    test: "public: true serves everybody, and says so once",
  },
  {
    promise: "Pages of another origin are refused by exact scheme, host and port.",
    file: `${behaviour}/access.test.ts`,
    test: "pages of other origins",
  },
  {
    promise: "The page needs what its socket needs.",
    file: `${behaviour}/host-login.test.ts`,
    test: "neither page nor socket opens without the login",
  },
  {
    promise: "Each subscription is authorised, again on a resume.",
    file: `${core}/sessions/routes/hello.test.ts`,
    test: "of which one is refused: the session is welcome all the same",
  },
  {
    promise: "What a session may watch is asked again while it lasts.",
    file: `${core}/sessions/session-desk.test.ts`,
    test: "sessions that came together are not all asked about together",
  },
  {
    promise: "The host can end an identity's sessions.",
    file: `${core}/sessions/session-desk.test.ts`,
    test: "the sessions of one identity are ended for good, and nobody else's",
  },
  {
    promise: "Credentials that run out end the session.",
    file: `${core}/sessions/heartbeat.test.ts`,
    test: "B33: credentials that run out during the session end it",
  },
  {
    promise: "A token is never needed in an address.",
    file: "packages/client/src/connection.test.ts",
    test: "sends the token of the address in hello, and keeps it out of the address",
  },
  {
    promise: "A ticket that was changed by a character is none.",
    file: `${core}/sessions/ticket.test.ts`,
    test: "any changed character voids it",
  },
  {
    promise: "Compression is declined.",
    file: "packages/transport-ws/src/framing.test.ts",
    test: "B13 permessage-deflate is declined",
  },
  {
    promise: "16 KB a message, 16 fragments.",
    file: "packages/transport-ws/src/framing.test.ts",
    test: "B7 16 fragments are one message",
  },
  {
    promise: "64 KB on the way to a session that does not confirm them.",
    file: `${core}/sessions/session.test.ts`,
    test: "never pass the bound, but by one frame where there was nothing in flight",
  },
  {
    promise: "Replies that are asked for and not read are bounded.",
    file: `${core}/sessions/session.test.ts`,
    test: "is bounded: a client that asks on without reading is closed",
  },
  {
    promise: "So many clients, in all and of one address.",
    file: `${behaviour}/client-limits.test.ts`,
    test: "over maxClientsPerAddress the answer is 429, and the address is one for a whole IPv6 /64",
  },
  {
    promise: "So many connections a second, in all and of one address.",
    file: `${behaviour}/client-limits.test.ts`,
    test: "a flood of upgrades from one address is answered 429 with Retry-After, others get in",
  },
  {
    promise: "So many messages of a client, and ten excesses a minute.",
    file: `${behaviour}/message-rate.test.ts`,
    test: "that goes on is closed with 4005 at the tenth within a minute",
  },
  {
    promise: "A session that does not say who it is ends after 10 s.",
    file: `${core}/sessions/heartbeat.test.ts`,
    test: "F18: has to come in time",
  },
  {
    promise: "A session ends after its longest life.",
    file: `${core}/sessions/heartbeat.test.ts`,
    test: "a session ends at the end of its life, and may come back at once",
  },
  {
    promise: "Forwarded addresses are believed from declared proxies only.",
    file: `${behaviour}/access.test.ts`,
    test: "the client's address is believed from declared proxies only, read from the right",
  },
  {
    promise: "Tables of limits are bounded themselves.",
    file: `${core}/sessions/token-bucket.test.ts`,
    test: "holds at most its bound, and forgets the key that was idle longest",
  },
  {
    promise: "Under the page's policy nothing foreign and nothing inline runs.",
    file: "packages/dashboard/src/page.test.ts",
    test: "comes with a policy under which nothing foreign and nothing inline runs",
  },
  {
    promise: "Names full of markup are text on the page.",
    file: "packages/dashboard/browser/hostile-text.alone.test.ts",
    test: "names, labels, help, sources and events full of markup are text, whatever is opened",
  },
  {
    promise: "No markup, pattern or program is made from text; no object has keys of a stranger's choice.",
    file: "tools/house-rules.test.ts",
    test: "no program is built from text",
  },
  {
    promise: "What comes from Redis is parsed as distrustfully as what comes from a client.",
    file: "packages/store-redis/src/garbage.test.ts",
    test: "F36: what answers nonsense",
  },
  {
    promise: "Redis needs no rights beyond those documented.",
    file: "packages/store-redis/src/access.test.ts",
    test: "the documented commands and key pattern are all that an ACL user needs",
  },
  {
    promise: "Redis over TLS is verified.",
    file: "packages/store-redis/src/access.test.ts",
    test: "by TLS, with the test's authority and not without it",
  },
  {
    promise: "An error of ours tells a client nothing of itself.",
    file: `${core}/sessions/inbox.test.ts`,
    test: "says nothing of the fault to the client",
  },
  {
    promise: "A reset at any moment of an upgrade reaches a listener.",
    file: "packages/transport-ws/src/reset.test.ts",
    test: "the process lives on; its twin without the listener on the socket dies",
  },
  {
    promise: "No listener on the process, no output.",
    file: `${behaviour}/host-safety.test.ts`,
    test: "the process is left alone: no listener, no output, whatever happens",
  },
  {
    promise: "What clients sent is escaped, cut and redacted before it is told; no token is in a log.",
    file: `${core}/sessions/admission.test.ts`,
    test: "what clients sent is escaped, cut and redacted before it is told to the host",
  },
  {
    promise: "Every package names the Node it runs on, and has at most one dependency of others.",
    file: "tools/security/dependencies.test.ts",
    test: "what is installed with a package",
  },
];
