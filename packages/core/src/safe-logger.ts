import type { Logger } from "./contracts/logger.js";

/** A host's logger that cannot hurt: what it throws is counted. */
export function safeLogger(logger: Logger, onFault: () => void): Logger {
  const guarded = (level: keyof Logger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      onFault();
    }
  };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}
