/** A test that stands for rows which its titles do not begin with. */
export interface Proof {
  readonly rows: readonly string[];
  readonly file: string;
  /** The title of the test, or of a suite around it. */
  readonly test: string;
}

export function proof(rows: string, file: string, test: string): Proof {
  return { rows: rows.split(" "), file, test };
}
