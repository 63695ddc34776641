import { LineProcess } from "./line-process.js";
import { prepareTools, type Tools } from "./tools.js";

/** Scripts of `src/` as processes that answer lines: each is bundled once, so that many of it start quickly. */
export class Scripts {
  readonly #tools: Tools;
  readonly #bundles = new Map<string, Promise<string>>();

  static async prepare(): Promise<Scripts> {
    return new Scripts(await prepareTools({ native: false }));
  }

  private constructor(tools: Tools) {
    this.#tools = tools;
  }

  async start(name: string, entry: string, env: Record<string, string | number> = {}): Promise<LineProcess> {
    const bundle = this.#bundles.get(entry) ?? this.#tools.bundle(entry);
    this.#bundles.set(entry, bundle);
    const texts = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, `${value}`]));
    const command = [process.execPath, "--enable-source-maps", await bundle];
    return new LineProcess(name, command, { core: undefined, env: texts });
  }

  dispose(): void {
    this.#tools.dispose();
  }
}
