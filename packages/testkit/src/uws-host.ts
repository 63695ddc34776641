/** What a test needs of uWebSockets.js, which it is given: nothing here depends on it. */
export interface UwsLibrary<App> {
  App(): App;
  us_socket_local_port(socket: object): number;
  us_listen_socket_close(socket: object): void;
}

interface Listening {
  listen(host: string, port: number, told: (socket: object | false) => void): unknown;
}

/** An App as a host has it, listening on 127.0.0.1. */
export class UwsHost<App extends Listening> {
  readonly port: number;
  readonly #close: () => void;

  /** Starts an App that was given its routes. */
  static async start<App extends Listening>(
    uws: UwsLibrary<App>,
    prepare: (app: App) => void,
  ): Promise<UwsHost<App>> {
    const app = uws.App();
    prepare(app);
    const socket = await new Promise<object>((resolve, reject) => {
      app.listen("127.0.0.1", 0, (listening) => {
        if (listening === false) reject(new Error("uWS does not listen"));
        else resolve(listening);
      });
    });
    return new UwsHost(uws, socket);
  }

  private constructor(uws: UwsLibrary<App>, socket: object) {
    this.port = uws.us_socket_local_port(socket);
    this.#close = () => uws.us_listen_socket_close(socket);
  }

  /** Where WebSocket clients connect. */
  ws(path: string): string {
    return `ws://127.0.0.1:${this.port}${path}`;
  }

  /** Stops listening; sockets are their clients' to end. Once is enough. */
  close(): void {
    this.#close();
  }
}
