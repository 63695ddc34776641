import { type Block, encodeBlock, encodeSeriesInfo } from "@metricast/protocol";
import { EncodedFrame } from "../contracts/connection.js";
import type { Series } from "../contracts/feed.js";
import type { Frames, ViewAddress } from "./frames.js";
import type { Membership } from "./membership.js";
import type { JsonTokens } from "./tokens.js";

/** Messages as JSON text: two columns, distances of ids and values. */
export class JsonFrames implements Frames {
  readonly pointBytes = { tick: 10, merged: 40 };
  readonly tokens: JsonTokens;

  constructor(tokens: JsonTokens) {
    this.tokens = tokens;
  }

  chain(
    { number }: ViewAddress,
    tick: number,
    prev: number,
    membership: Membership,
    added: readonly Series[],
    missing: readonly string[] = [],
  ): EncodedFrame {
    const { tokens } = this;
    const gaps: number[] = [];
    const values: string[] = [];
    let before = 0;
    for (const index of tokens.changed) {
      const id = membership.mask.idOf(index);
      if (id < 0) continue;
      gaps.push(id - before);
      values.push(tokens.token(index));
      before = id;
    }
    const dictionary = added.length > 0 ? `,"series":${dictionaryText(added)}` : "";
    const head = `{"type":"frame","view":${number},"tick":${tick},"prev":${prev}${dictionary}`;
    const columns = `"i":[${gaps.join(",")}],"v":[${values.join(",")}]`;
    return EncodedFrame.text(`${head},${columns}${missingText(missing)}}`);
  }

  keyframe(
    { number, generation }: ViewAddress,
    tick: number,
    position: string,
    membership: Membership,
    missing: readonly string[] = [],
  ): EncodedFrame {
    const gaps = membership.series.map((_, id) => (id === 0 ? 0 : 1));
    const values = membership.mask.members.map((index) => this.tokens.keyToken(index));
    const head = `{"type":"frame","view":${number},"tick":${tick},"generation":${generation}`;
    const dictionary = `"position":${JSON.stringify(position)},"series":${dictionaryText(membership.series)}`;
    const columns = `"i":[${gaps.join(",")}],"v":[${values.join(",")}]`;
    return EncodedFrame.text(`${head},${dictionary},${columns}${missingText(missing)}}`);
  }

  block({ number, generation }: ViewAddress, block: Block, membership: Membership): EncodedFrame {
    const wire = encodeBlock(block, ({ info }) => {
      const id = membership.idOfInfo(info);
      return id < 0 ? undefined : id;
    });
    return EncodedFrame.text(JSON.stringify({ type: "block", view: number, generation, ...wire }));
  }
}

function missingText(missing: readonly string[]): string {
  return missing.length > 0 ? `,"missing":${JSON.stringify(missing)}` : "";
}

function dictionaryText(series: readonly Series[]): string {
  return JSON.stringify(series.map(({ info }) => encodeSeriesInfo(info)));
}
