"""Frames and blocks of metricast.v1.bin as the messages that the JSON protocol has, by section 20 of docs/protocol.md."""

import json
import zlib

from metricast_bits import MAX_IDS, RAW, Bits, Slot, column, signed
from metricast_view import require

FRAME, KEYFRAME, BLOCK = 1, 2, 3
JSON, PACKED = 128, 64
CAUSES = ["failed", "timeout", "garbage", "limit"]
MAX_SLOTS = 2**21
MAX_CELLS = 2**20


class Message:
    """What a binary message begins with; its body is still to be read."""

    def __init__(self, data):
        self.bits = Bits(data)
        first = self.bits.u(8)
        self.kind = first & 15
        require(self.kind in (FRAME, KEYFRAME, BLOCK), f"a message of kind {self.kind}")
        self.view = self.bits.varint()
        self.head = json.loads(self.bits.part()) if first & JSON else {}
        if first & PACKED:
            self.head["series"] = json.loads(zlib.decompress(self.bits.part(), -15))
        if "series" in self.head:
            self.head["series"] = expanded(self.head["series"])

    def ends(self):
        """Less than a byte may be left, and that is zeros."""
        left = len(self.bits.data) * 8 - self.bits.at
        require(left < 8 and self.bits.u(left) == 0, "a message that goes on behind its end")


def expanded(entries):
    whole = []
    for entry in entries:
        if "name" not in entry:
            require(whole, "a shortened entry after none")
            labels = whole[-1].get("labels", {})
            require(len(labels) <= 64 and set(entry["labels"]) <= set(labels), f"shortened: {entry}")
            entry = {**whole[-1], "labels": {**labels, **entry["labels"]}}
        whole.append(entry)
    return whole


class BinarySeries:
    def __init__(self, entry, step):
        self.kind = entry.get("kind", "gauge")
        self.own_slots = len(entry.get("bounds", [])) + 2 if self.kind == "histogram" else 1
        width = self.own_slots
        if step > 1:
            width = 5 if self.kind == "gauge" else 2 * self.own_slots
        require(width <= MAX_SLOTS, "too many slots")
        self.slots = [Slot() for _ in range(width)]
        self.state = None
        self.expected = 0

    def read_state(self, bits):
        """True: live; None: absent; or the cause for which it is stale."""
        if bits.u(1) == 1:
            self.state = True
        elif bits.u(1) == 0:
            self.state = None
        else:
            cause = bits.u(3)
            self.state = CAUSES[cause] if cause < len(CAUSES) else "unknown"

    def whole(self, step):
        """All that is known of it, as JSON has it."""
        if self.state is None:
            return None
        if self.state is not True:
            return {"stale": self.state}
        values = [slot.value for slot in self.slots]
        if step > 1:
            return self._point(values)
        return pairs(enumerate(values)) if self.kind == "histogram" else values[0]

    def _point(self, values):
        if self.kind == "gauge":
            last, low, high, count, total = values
            return [last, low, high, total, count]
        last, grown = values[: self.own_slots], values[self.own_slots :]
        grown = [None if increase != increase else increase for increase in grown]
        if self.kind == "counter":
            return [last[0], grown[0]]
        return {"slots": pairs(enumerate(last)), "increase": pairs(enumerate(grown))}

    def token(self, bits, was_live, step):
        if self.state is not True:
            return self.whole(step)
        if len(self.slots) == 1:
            slot = self.slots[0]
            if was_live or bits.u(1) == 0:
                slot.number(bits, False)
            return slot.value
        changed = self._read_slots(bits)
        if step > 1 or not was_live:
            return self.whole(step)
        return pairs((at, self.slots[at].value) for at in changed)

    def _read_slots(self, bits):
        last = len(self.slots) - 1
        m = bits.u(1)
        changed, at = [], -1
        while at < last - 1:
            d = bits.eg(0)
            if d == 0:
                break
            at += d
            require(at < last, f"slot {at} of {last + 1}")
            self.slots[at].number(bits, False)
            changed.append(at)
        if m == 1:
            self.slots[last].number(bits, False)
            changed.append(last)
        return changed


def pairs(numbered):
    return [part for pair in numbered for part in pair]


class BinaryView:
    """What has to be remembered of one view. Gives messages as JSON would have them."""

    def __init__(self, step):
        self.step = step
        self.tick = None
        self.series = []

    def message(self, message):
        if message.kind == BLOCK:
            decoded = self._block(message)
        elif message.kind == KEYFRAME:
            decoded = self._keyframe(message)
        else:
            decoded = self._chain(message)
        message.ends()
        return decoded

    def _add(self, head):
        for entry in head.get("series", []):
            self.series.append(BinarySeries(entry, self.step))

    # --- frames ---

    def _keyframe(self, message):
        bits, head = message.bits, message.head
        self.series = []
        self._add(head)
        s = o = l = 0
        for series in self.series:
            series.read_state(bits)
            series.expected = 0 if bits.u(1) == 0 else 3 if bits.u(1) == 1 else 1 + bits.u(1)
            for slot in series.slots:
                if bits.u(1) == 0:
                    continue
                if bits.u(1) == 1:
                    s = bits.u(6)
                o += signed(bits.eg(1))
                slot.scale, slot.order = s, o
                if s == RAW:
                    slot.value = bits.double()
                    continue
                l += signed(bits.eg(1))
                slot.whole = signed(bits.u(l))
                if s >= 32:
                    slot.correction = signed(bits.eg(0))
                slot.value = slot.of_whole()
                if bits.u(1) == 1:
                    slot.value = bits.double()
        self.tick = head["tick"]
        i = [min(id, 1) for id in range(len(self.series))]
        v = [series.whole(self.step) for series in self.series]
        return {"type": "frame", "view": message.view, **head, "i": i, "v": v}

    def _chain(self, message):
        bits = message.bits
        low = bits.u(16)
        require(self.tick is not None and low == self.tick % 65536, f"a frame that follows {low}, not {self.tick}")
        prev = self.tick
        self.tick += bits.varint()
        self._add(message.head)
        n = len(self.series)
        live = [series.state is True for series in self.series]
        if bits.u(1) == 1:
            for id in bits.list(n):
                self.series[id].read_state(bits)
        surprises = set(bits.list(n))
        i, v, before = [], [], 0
        for id in self._changed(surprises):
            i.append(id - before)
            v.append(self.series[id].token(bits, live[id], self.step))
            before = id
        return {"type": "frame", "view": message.view, "tick": self.tick, "prev": prev, **message.head, "i": i, "v": v}

    def _changed(self, surprises):
        changed = []
        for id, series in enumerate(self.series):
            if (series.expected >= 2) != (id in surprises):
                changed.append(id)
                series.expected = min(3, series.expected + 1)
            else:
                series.expected = max(0, series.expected - 1)
        return changed

    # --- blocks ---

    def _block(self, message):
        bits, head = message.bits, message.head
        start, end, step = head["from"], head["to"], head["step"]
        points = -((start - end) // step)
        ticks = [min(step, end - start - k * step) for k in range(points)] if points <= MAX_CELLS else []
        ids = bits.list(MAX_IDS)
        require(all(id < len(self.series) for id in ids), f"ids {ids} in a block")
        described = head.get("series", [])
        shapes = [self.series[id] for id in ids] + [BinarySeries(entry, 1) for entry in described]
        cells = sum(shape.own_slots for shape in shapes) * points
        require(cells <= max(MAX_CELLS, 64 * len(bits.data)), f"a block of {cells} numbers")
        names = [{"id": id} for id in ids] + [{"series": entry} for entry in described]
        series = [{**name, **points_of(bits, shape, ticks)} for name, shape in zip(names, shapes)]
        return {"type": "block", "view": message.view, **head, "series": series}


def points_of(bits, shape, ticks):
    count = counts(bits, ticks)
    there = [k for k, samples in enumerate(count) if samples != 0]

    def spread(values):
        column_of_all = [None] * len(ticks)
        for k, value in zip(there, values):
            column_of_all[k] = value
        return column_of_all

    if shape.kind == "gauge":
        last = column(bits, len(there))
        if bits.u(1) == 1:
            rest = [last, last, [value * count[k] for k, value in zip(there, last)]]
        else:
            rest = [column(bits, len(there)) for _ in range(3)]
        return {"last": spread(last), **dict(zip(("min", "max", "sum"), map(spread, rest))), "count": count}
    lasts, increases = [], []
    for _ in range(shape.own_slots):
        last = column(bits, len(there))
        other = bits.list(len(there))
        given = column(bits, len(other))
        lasts.append(spread(last))
        increases.append(pairs((there[at], None if x != x else x) for at, x in zip(other, given)))
    if shape.kind == "counter":
        lasts, increases = lasts[0], increases[0]
    return {"last": lasts, "count": count, "increase": increases}


def counts(bits, ticks):
    mode = bits.u(2)
    require(mode <= 2, "mode 3 of counts")
    if mode == 0:
        return list(ticks)
    if mode == 1:
        return [most if bits.u(1) else 0 for most in ticks]
    return column(bits, len(ticks))
