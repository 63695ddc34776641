const maxLength = 300;

/** What an error says. Never throws, whatever was thrown. */
export function errorText(cause: unknown): string {
  try {
    const text = cause instanceof Error ? cause.message : String(cause);
    return String(text).slice(0, maxLength);
  } catch {
    return "an error that cannot be read";
  }
}
