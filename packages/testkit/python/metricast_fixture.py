#!/usr/bin/env python3
"""
Reads binary messages and what they ought to say from standard input, and prints where they say something else. A line is
{"step", "messages": [{"bytes", "row"} or {"bytes", "block"}]}: bytes in hexadecimal; a row has for each series its slots, or
"absent", or a cause; a block for each series its columns. Numbers are 16 hexadecimal digits, so that none is lost.
"""

import json
import sys

from metricast_binary import BinaryView, Message
from metricast_bits import bits_of
from metricast_view import Violation, require


def digits(value):
    return None if value is None else f"{bits_of(value):016x}"


class Rows:
    """What a client holds, by the words of the JSON protocol alone."""

    def __init__(self, step):
        self.step = step
        self.cells = []
        self.kinds = []

    def apply(self, frame):
        if "prev" not in frame:
            self.cells, self.kinds = [], []
        for entry in frame.get("series", []):
            self.kinds.append(entry.get("kind", "gauge"))
            self.cells.append("absent")
        id = 0
        for distance, value in zip(frame["i"], frame["v"]):
            id += distance
            self.cells[id] = self.cell(self.kinds[id], self.cells[id], value)

    def cell(self, kind, before, value):
        if value is None:
            return "absent"
        if isinstance(value, dict) and "stale" in value:
            return value["stale"]
        if self.step > 1:
            return self.point(kind, value)
        if not isinstance(value, list):
            return [digits(value)]
        known = dict(enumerate(before)) if isinstance(before, list) else {}
        known.update(zip(value[0::2], map(digits, value[1::2])))
        return [known[slot] for slot in range(len(known))]

    def point(self, kind, value):
        if kind == "gauge":
            last, low, high, total, count = value
            return [digits(part) for part in (last, low, high, count, total)]
        if kind == "counter":
            return [digits(value[0]), unknown(value[1])]
        return [digits(part) for part in value["slots"][1::2]] + [unknown(part) for part in value["increase"][1::2]]


def unknown(increase):
    return digits(float("nan") if increase is None else increase)


def columns_of(series):
    """The columns of a block's series, each increase by the rule where none is given."""
    count = [int(samples) if samples == samples else samples for samples in series["count"]]
    if "min" in series:
        columns = [series[name] for name in ("last", "min", "max", "sum")]
        return [count, *[list(map(digits, column)) for column in columns]]
    nested = bool(series["last"]) and isinstance(series["last"][0], list)
    lasts = series["last"] if nested else [series["last"]]
    given = series["increase"] if nested else [series["increase"]]
    columns = []
    for last, flat in zip(lasts, given):
        columns += [list(map(digits, last)), increases(count, last, dict(zip(flat[0::2], flat[1::2])))]
    return [count, *columns]


def increases(count, last, given):
    column, before = [], None
    for k, value in enumerate(last):
        if count[k] == 0:
            column.append(None)
            continue
        usual = None if before is None else value - before if value >= before else value
        column.append(unknown(given.get(k, usual)))
        before = value
    return column


def check(line):
    view, rows = BinaryView(line["step"]), Rows(line["step"])
    for at, expected in enumerate(line["messages"]):
        decoded = view.message(Message(bytes.fromhex(expected["bytes"])))
        if "row" in expected:
            rows.apply(decoded)
            got, wanted = rows.cells, expected["row"]
        else:
            got, wanted = [columns_of(series) for series in decoded["series"]], expected["block"]
        wrong = [(k, a, b) for k, (a, b) in enumerate(zip(got, wanted)) if a != b]
        require(len(got) == len(wanted) and not wrong, f"message {at}: {wrong[:1] or len(got)}")
    return len(line["messages"])


def main():
    try:
        print(json.dumps({"ok": True, "messages": sum(check(json.loads(line)) for line in sys.stdin)}))
        return 0
    except (Violation, KeyError, ValueError, OverflowError) as fault:
        print(json.dumps({"ok": False, "fault": type(fault).__name__, "reason": str(fault)}))
        return 1


if __name__ == "__main__":
    sys.exit(main())
