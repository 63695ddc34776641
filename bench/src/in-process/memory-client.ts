import type { Acceptor, Connection, Packet, Receiver } from "@metricast/core";

/** A session without a socket: what it is sent is counted, or looked at; pings are answered. */
export class MemoryClient implements Connection {
  readonly bufferedBytes = 0;
  /** Messages that were sent. */
  count = 0;
  onMessage: (bytes: Uint8Array, isBinary: boolean) => void = () => {};
  #receiver: Receiver | undefined;
  #pings: Uint8Array[] = [];

  static async open(acceptor: Acceptor, protocol: string): Promise<MemoryClient> {
    const client = new MemoryClient();
    const admission = await acceptor.admit({
      method: "GET",
      path: "/metricast/",
      query: "",
      headers: new Map([["host", "localhost"]]),
      remoteAddress: "127.0.0.1",
      secure: false,
      protocols: [protocol],
    });
    if (!admission.accepted) throw new Error(`refused with ${admission.status}`);
    client.#receiver = acceptor.accept(client, admission);
    return client;
  }

  subscribe(select: readonly string[] = ["*"]): void {
    this.say({ type: "subscribe", id: 1, items: [{ channel: "metrics", select }] });
  }

  say(message: object): void {
    this.#receiver?.message(JSON.stringify(message));
  }

  /** Answers the pings that came; when is up to whoever measures. */
  answerPings(): void {
    for (const payload of this.#pings.splice(0)) this.#receiver?.pong(payload);
  }

  send({ frames, ping }: Packet): boolean {
    this.count += frames.length;
    for (const { bytes, binary } of frames) this.onMessage(bytes, binary);
    if (ping !== undefined) this.#pings.push(ping);
    return true;
  }

  ping(payload: Uint8Array): void {
    this.#pings.push(payload);
  }

  close(code: number, reason: string): void {
    throw new Error(`closed with ${code} ${reason}`);
  }

  terminate(): void {
    throw new Error("terminated");
  }
}
