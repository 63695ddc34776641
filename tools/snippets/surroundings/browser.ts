// What a fragment in a page of the reader's takes as given.
export declare function draw(...values: readonly unknown[]): void;
export declare function hatch(fromMs: number, toMs: number, reason: string): void;
