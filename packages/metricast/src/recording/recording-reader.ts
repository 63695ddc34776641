import { createReadStream } from "node:fs";
import {
  RecordingError,
  type RecordingHeader,
  type RecordingLine,
  readHeader,
  readLine,
} from "./recording-line.js";

/** No line is longer that a service could have sent. */
const longestLine = 64 * 1_024 * 1_024;

/** Says what is in a recording. Rejects with RecordingError, or as reading the file fails. */
export async function openRecording(path: string): Promise<RecordingHeader> {
  for await (const text of linesOf(path)) return readHeader(text);
  throw new RecordingError("this is no recording of metricast");
}

/** The lines after the header, as they are needed. What a cut left of the last one is not there. Throws RecordingError. */
export async function* readRecording(path: string): AsyncGenerator<RecordingLine> {
  let header: RecordingHeader | undefined;
  let number = 0;
  for await (const text of linesOf(path)) {
    number += 1;
    if (header === undefined) header = readHeader(text);
    else yield readLine(text, number, header);
  }
  if (header === undefined) throw new RecordingError("this is no recording of metricast");
}

/** Lines that were ended. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const part of createReadStream(path, "utf8")) {
    const lines = `${rest}${part}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > longestLine)
      throw new RecordingError("this is no recording of metricast: a line does not end");
  }
}
