import { SsePeer } from "./sse-peer.js";
import { until } from "./until.js";
import { openPeer, type PeerOptions, upgradeRequest, type WsPeer } from "./ws-peer.js";

/** A client of any transport, as far as all of them have it. */
export interface TransportPeer {
  /** What came, in order; of a stream without what its request was answered with. */
  readonly messages: readonly (string | Uint8Array)[];
  readonly ended: boolean;
  pause(): void;
  resume(): void;
  /** Vanishes with an RST. */
  reset(): void;
  destroy(): void;
}

/** One kind of clients. */
export interface TransportClients<P extends TransportPeer> {
  /** What a session answers to the request that a client opens with, where that is one. */
  readonly answer?: string;
  open(url: string, options?: PeerOptions): Promise<P>;
  /** What a client opens with, as bytes to cut. */
  request(url: string): string;
}

export const socketClients: TransportClients<WsPeer> = { open: openPeer, request: upgradeRequest };

/** What the request of a stream is answered with. */
export const subscribed = '{"type":"subscribed","id":1,"items":[]}';

export const streamClients: TransportClients<StreamPeer> = {
  answer: subscribed,
  async open(url, { headers = [] } = {}) {
    const sse = await SsePeer.open(url, ["Host", new URL(url).host, ...headers.flat()]);
    await until(() => sse.events.length > 0 || sse.ended);
    return new StreamPeer(sse);
  },
  request(url) {
    const { host, pathname, search } = new URL(url);
    return `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  },
};

/** A reader of a stream, as a client among others. */
export class StreamPeer implements TransportPeer {
  readonly sse: SsePeer;

  constructor(sse: SsePeer) {
    this.sse = sse;
  }

  get messages(): readonly string[] {
    return this.sse.events.slice(1).map(({ data }) => data);
  }

  get ended(): boolean {
    return this.sse.ended;
  }

  pause(): void {
    this.sse.pause();
  }

  resume(): void {
    this.sse.resume();
  }

  reset(): void {
    this.sse.reset();
  }

  destroy(): void {
    this.sse.destroy();
  }
}
