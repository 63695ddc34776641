import { type Block, isGaugeColumn } from "../../block.js";

/** All that a block says: what its columns hold where a point is absent says nothing. NaN counts as one increase. */
export function meaningOf(block: Block) {
  return {
    ...block,
    series: block.series.map(({ info, count, columns }) => ({
      info,
      count: [...count],
      columns: columns.map((column) =>
        [...count].map((samples, k) => {
          if (samples === 0) return "absent";
          if (!isGaugeColumn(column)) return [column.last[k], column.increase[k]];
          return [column.last[k], column.min[k], column.max[k], column.sum[k]];
        }),
      ),
    })),
  };
}
