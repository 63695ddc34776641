"""What a client holds of one view, by the rules of docs/protocol.md. Whatever breaks a rule is a Violation."""

import math

SPECIAL = {"NaN": math.nan, "+Inf": math.inf, "-Inf": -math.inf, "-0": -0.0}


class Violation(Exception):
    """The server broke the protocol."""


def require(condition, text):
    if not condition:
        raise Violation(text)


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def number(value):
    if isinstance(value, str):
        require(value in SPECIAL, f"{value!r} is no number")
        return SPECIAL[value]
    require(isinstance(value, (int, float)) and not isinstance(value, bool), f"{value!r} is no number")
    return value


def same(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    return a == b


class Series:
    def __init__(self, entry):
        require(isinstance(entry.get("name"), str) and 0 < len(entry["name"]) <= 255, f"entry {entry}")
        self.name = entry["name"]
        self.labels = entry.get("labels", {})
        self.kind = entry.get("kind", "gauge")
        require(self.kind in ("gauge", "counter", "histogram"), f"kind {self.kind}")
        self.bounds = entry.get("bounds", [])
        require(self.bounds == sorted(self.bounds), f"bounds of {self.name} do not ascend")
        self.slots = [0] * (len(self.bounds) + 2) if self.kind == "histogram" else None
        self.state = "absent"
        self.value = None

    @property
    def key(self):
        return self.name, tuple(sorted(self.labels.items()))

    def now(self):
        """The newest value; None where there is none."""
        if self.state == "absent":
            return None
        return list(self.slots) if self.kind == "histogram" else self.value

    def apply(self, value, keyframe):
        if value is None:
            self.state = "absent"
        elif isinstance(value, dict) and "stale" in value:
            self.state = "stale"
        else:
            self.state = "live"
            if self.kind == "histogram":
                self._apply_slots(value, keyframe)
            else:
                self.value = number(value)

    def _apply_slots(self, value, keyframe):
        require(isinstance(value, list) and len(value) % 2 == 0, f"histogram value {value!r}")
        named = value[0::2]
        require(all(whole(slot) and slot < len(self.slots) for slot in named), f"slots {named}")
        require(not keyframe or named == list(range(len(self.slots))), "a keyframe names all slots")
        for slot, count in zip(named, value[1::2]):
            self.slots[slot] = number(count)


class Due:
    """Blocks over (start, end] are to come; ticks after `needed` are not held otherwise."""

    def __init__(self, start, end, needed, claimed):
        self.start, self.end, self.needed = start, end, needed
        # Whether a position that is later than this would claim what is not there.
        self.claimed = claimed


class View:
    """Frames and blocks of one subscription on one connection, applied strictly."""

    def __init__(self, item, position_tick=None):
        self.number = item["view"]
        self.step = item["stepTicks"]
        self.interval = item["intervalMs"]
        self.history = item.get("history")
        self.resume = item.get("resume")
        self.position_tick = position_tick
        self.base = base_of(item["position"])
        self.generation = None
        self.series = []
        self.tick = None
        # Ranges (from, to] of ticks, and what covered them.
        self.covered = []
        # Ranges still to come as blocks, newest first.
        self.due = []
        self.missed = None
        # Whether what this reader misses is not made up, as the server spares its host.
        self.spared = False
        self.frames = 0
        self.keyframes = 0
        self.blocks = 0
        # (tick, series key) -> value
        self.points = {}

    @property
    def position(self):
        """Everything up to here is held; while blocks of a resume are due only what was held before."""
        tick = self.tick
        claims = [due for due in self.due if due.claimed]
        if claims:
            tick = min(due.needed for due in claims)
        return f"{self.base}{tick}"

    # --- frames ---

    def on_frame(self, frame):
        tick = frame.get("tick")
        require(whole(tick), f"tick {tick!r}")
        keyframe = "prev" not in frame
        if keyframe:
            self._begin(frame)
        else:
            self._follow(frame)
        self._apply(frame, keyframe)
        self.tick = tick
        self.frames += 1
        if "position" in frame:
            self.base = base_of(frame["position"])
            require(frame["position"] == f"{self.base}{tick}", f"position {frame['position']} at tick {tick}")
        for series in self.series:
            if series.state == "live":
                self.points[tick, series.key] = series.now()

    def _begin(self, frame):
        for field in ("generation", "position", "series"):
            require(field in frame, f"a keyframe without {field}")
        require(self.tick is None or frame["tick"] >= self.tick, "a keyframe of the past")
        self._join(self._held(), frame["tick"])
        self.generation = frame["generation"]
        self.series = []
        self.keyframes += 1

    def _held(self):
        """Up to where everything is there, or due, when a keyframe comes; None where nothing is."""
        if self.tick is not None:
            return self.tick
        if self.history is None:
            return self.position_tick
        start, end, step = (self.history[name] for name in ("from", "to", "step"))
        if self.resume is not None and self.resume["outcome"] == "complete":
            require(start == self.position_tick, f"resumed from {start}")
            require(step == self.step, f"complete at step {step}")
        self.due.append(Due(start, end, start, self.resume is not None))
        return end

    def _join(self, held, tick):
        """A keyframe gives its own step; what lies before that was announced as missed."""
        missed, self.missed = self.missed, None
        if held is None:
            self.covered.append((tick - self.step, tick, "keyframe"))
        elif missed is not None:
            require(missed["from"] <= held and missed["to"] == tick, f"missed {missed}, held {held}, begun at {tick}")
            again = [due for due in self.due if due.claimed and due.start >= missed["from"] and due.end <= held]
            self.due = [due for due in self.due if due not in again]
            self.due.insert(0, Due(missed["from"], tick, min([held] + [due.needed for due in again]), True))
        elif self.spared:
            self.covered.append((tick - self.step, tick, "keyframe"))
        elif tick != held:
            require(tick - held == self.step, f"a keyframe at {tick} after {held}, and nothing announced")
            self.covered.append((held, tick, "keyframe"))

    def on_quality(self, quality):
        if quality.get("reason") == "shed":
            # The server spares its host: fewer ticks, which the chain shows by itself, or last values only.
            self.spared = quality["state"] == "last_values"
        elif quality["state"] in ("catching_up", "coarse"):
            self.missed = quality
        else:
            require(quality["state"] == "live", f"this reader is not that slow: {quality}")

    def _follow(self, frame):
        require(self.tick is not None, "a chain frame before any keyframe")
        require(frame["prev"] == self.tick, f"the frame at {frame['tick']} follows {frame['prev']}, not {self.tick}")
        require(frame["tick"] > self.tick, f"tick {frame['tick']} after {self.tick}")
        require(frame["tick"] % self.step == 0, f"tick {frame['tick']} at step {self.step}")
        self.covered.append((frame["prev"], frame["tick"], "frame"))

    def _apply(self, frame, keyframe):
        ids, values = frame["i"], frame["v"]
        require(len(ids) == len(values), "i and v differ in length")
        self.series.extend(Series(entry) for entry in frame.get("series", []))
        keys = [series.key for series in self.series]
        require(len(set(keys)) == len(keys), "a series with two ids")
        at = 0
        for k, (gap, value) in enumerate(zip(ids, values)):
            require(whole(gap) and (k == 0 or gap > 0), f"id distance {gap!r}")
            at += gap
            require(at < len(self.series), f"id {at} is not in the dictionary")
            if self.step == 1:
                self.series[at].apply(value, keyframe)

    # --- blocks ---

    def on_block(self, block):
        start, end, step = block["from"], block["to"], block["step"]
        require(self.generation is not None, "a block before any keyframe")
        require(block["generation"] == self.generation, f"a block of generation {block['generation']}")
        require(whole(start) and whole(end) and start < end and whole(step) and step > 0, f"block ({start}, {end}]")
        require(step % self.step == 0, f"step {step} of a view at {self.step}")
        self._take_due(start, end)
        count = -((start - end) // step)
        gaps = self._gaps(block)
        seen = set()
        for entry in block["series"]:
            series = self._series_of(entry)
            require(series.key not in seen, f"{series.name} twice in a block")
            seen.add(series.key)
            self._check_columns(series, entry, count, start, step, end, gaps)
        self.blocks += 1

    def _take_due(self, start, end):
        require(self.due, f"block ({start}, {end}] that nothing announced")
        due = self.due[0]
        require(end == due.end, f"block ({start}, {end}], but the newest due ends at {due.end}")
        require(start >= due.start, f"block ({start}, {end}] reaches before {due.start}")
        due.end = start
        if due.end <= due.start:
            self.due.pop(0)
        # A block that makes up for something may begin earlier and replaces what was there.
        if end > due.needed:
            self.covered.append((max(start, due.needed), end, "block"))

    def _gaps(self, block):
        flat = block.get("gaps", [])
        require(len(flat) % 2 == 0, "gaps are pairs")
        pairs = list(zip(flat[0::2], flat[1::2]))
        for a, b in pairs:
            require(block["from"] <= a < b <= block["to"], f"gap ({a}, {b}]")
        return pairs

    def _series_of(self, entry):
        if "id" in entry:
            require(whole(entry["id"]) and entry["id"] < len(self.series), f"id {entry['id']} in a block")
            return self.series[entry["id"]]
        return Series(entry["series"])

    def _check_columns(self, series, entry, count, start, step, end, gaps):
        histogram = series.kind == "histogram"
        columns = entry["last"] if histogram else [entry["last"]]
        require(not histogram or len(columns) == len(series.slots), f"slots of {series.name}")
        for column in columns + [entry[name] for name in ("min", "max", "sum") if name in entry]:
            require(len(column) == count, f"{series.name}: {len(column)} points, not {count}")
        for name in ("min", "max", "sum"):
            require((name in entry) == ("min" in entry), f"{series.name} has min, max and sum, or none")
        for k in range(count):
            if columns[0][k] is None:
                continue
            tick = min(start + (k + 1) * step, end)
            require(step > 1 or not any(a < tick <= b for a, b in gaps), f"{series.name} in a gap at {tick}")
            last = [number(column[k]) for column in columns]
            self._check_extremes(series, entry, k, last[0])
            self._record(series, tick, last if histogram else last[0], step)

    def _check_extremes(self, series, entry, k, last):
        if "min" not in entry:
            return
        low, high = number(entry["min"][k]), number(entry["max"][k])
        fine = any(math.isnan(value) for value in (low, high, last)) or low <= last <= high
        require(fine, f"{series.name}: {last} is not within {low} and {high}")

    def _record(self, series, tick, value, step):
        if step != 1:
            return
        known = self.points.get((tick, series.key))
        require(known is None or same(known, value), f"{series.name} at {tick}: {known} in a frame, {value} in a block")
        self.points[tick, series.key] = value


def base_of(position):
    require(isinstance(position, str) and len(position) <= 1024, "position too long")
    base, dot, tick = position.rpartition(".")
    require(dot == "." and tick.isdigit() and base.startswith("v1."), f"position {position!r}")
    return base + dot


def check_coverage(ranges):
    """Every tick between the first and the last in exactly one of the ranges (from, to]. Returns (from, to]."""
    ordered = sorted(ranges)
    require(ordered, "nothing arrived")
    end = ordered[0][0]
    for start, stop, what in ordered:
        require(start >= end, f"ticks ({start}, {min(end, stop)}] came twice, again by a {what}")
        require(start == end, f"ticks ({end}, {start}] are missing before a {what}")
        end = stop
    return ordered[0][0], end
