"""A client that never complains proves nothing: here it is shown what it must complain about."""

import json
import math
import pathlib
import unittest

from metricast_client import Session, websocket_address
from metricast_view import View, Violation, check_coverage

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "protocol.md"
BASE = "v1.9f86d081884c7d65."


def view(**item):
    return View({"view": 1, "stepTicks": 1, "intervalMs": 1000, "position": f"{BASE}100", **item}, item.get("at"))


def keyframe(tick=100, values=(1, 2), **more):
    entries = [{"name": f"s{k}"} for k in range(len(values))]
    ids = [min(k, 1) for k in range(len(values))]
    return {"tick": tick, "generation": 1, "position": f"{BASE}{tick}", "series": entries, "i": ids, "v": list(values), **more}


def chain(tick, prev=None, ids=(), values=(), **more):
    return {"tick": tick, "prev": tick - 1 if prev is None else prev, "i": list(ids), "v": list(values), **more}


def block(start, end, last, **more):
    return {"generation": 1, "from": start, "to": end, "step": 1, "series": [{"id": 0, "last": last}], **more}


def begun():
    made = view()
    made.on_frame(keyframe())
    return made


def resumed():
    made = view(history={"from": 97, "to": 100, "step": 1}, resume={"outcome": "complete"}, at=97)
    made.on_frame(keyframe())
    return made


class Frames(unittest.TestCase):
    def refuses(self, text, act):
        with self.assertRaisesRegex(Violation, text):
            act()

    def test_values_and_new_series(self):
        held = begun()
        held.on_frame(chain(101, ids=[1, 1], values=["NaN", 7], series=[{"name": "born"}]))
        held.on_frame(chain(102, ids=[0, 2], values=[{"stale": "timeout"}, None]))
        self.assertEqual(held.series[0].state, "stale")
        self.assertTrue(math.isnan(held.series[1].now()))
        self.assertIsNone(held.series[2].now())
        self.assertEqual(held.position, f"{BASE}102")

    def test_histogram_slots(self):
        held = view()
        entry = {"name": "h", "kind": "histogram", "bounds": [1]}
        held.on_frame({**keyframe(values=()), "series": [entry], "i": [0], "v": [[0, 3, 1, 4, 2, 9.5]]})
        held.on_frame(chain(101, ids=[0], values=[[2, 10]]))
        self.assertEqual(held.series[0].now(), [3, 4, 10])
        self.refuses("slots", lambda: held.on_frame(chain(102, ids=[0], values=[[3, 1]])))

    def test_broken_chain(self):
        self.refuses("follows 101, not 100", lambda: begun().on_frame(chain(102)))
        self.refuses("before any keyframe", lambda: view().on_frame(chain(101)))
        self.refuses("after 100", lambda: begun().on_frame(chain(100, prev=100)))

    def test_malformed_frames(self):
        self.refuses("not in the dictionary", lambda: begun().on_frame(chain(101, ids=[2], values=[1])))
        self.refuses("id distance", lambda: begun().on_frame(chain(101, ids=[0, 0], values=[1, 1])))
        self.refuses("differ in length", lambda: begun().on_frame(chain(101, ids=[0])))
        self.refuses("is no number", lambda: begun().on_frame(chain(101, ids=[0], values=["1"])))
        self.refuses("two ids", lambda: begun().on_frame(chain(101, series=[{"name": "s0"}])))
        bare = keyframe()
        del bare["generation"]
        self.refuses("without generation", lambda: view().on_frame(bare))
        self.refuses("position", lambda: view().on_frame(keyframe(position=f"{BASE}99")))

    def test_resume_without_history_goes_on_where_it_stopped(self):
        back = view(at=97, resume={"outcome": "complete"})
        self.refuses("at 100 after 97, and nothing announced", lambda: back.on_frame(keyframe()))

    def test_keyframe_in_place_of_the_next_frame(self):
        held = begun()
        held.on_frame(keyframe(101))
        self.assertEqual(check_coverage(held.covered), (99, 101))
        self.refuses("nothing announced", lambda: held.on_frame(keyframe(103)))


class Blocks(unittest.TestCase):
    def refuses(self, text, act):
        with self.assertRaisesRegex(Violation, text):
            act()

    def test_newest_first_until_nothing_is_due(self):
        held = resumed()
        self.assertEqual(held.position, f"{BASE}97")
        held.on_block(block(98, 100, [8, 1]))
        self.assertEqual((held.due[0].start, held.due[0].end), (97, 98))
        held.on_block(block(97, 98, [7]))
        self.assertEqual(held.due, [])
        self.assertEqual(held.position, f"{BASE}100")
        self.assertEqual(check_coverage(held.covered), (97, 100))

    def test_wrong_ranges(self):
        self.refuses("nothing announced", lambda: begun().on_block(block(98, 100, [8, 1])))
        self.refuses("newest due ends at 100", lambda: resumed().on_block(block(97, 98, [7])))
        self.refuses("reaches before 97", lambda: resumed().on_block(block(96, 100, [6, 7, 8, 1])))
        self.refuses("generation 2", lambda: resumed().on_block(block(97, 100, [7, 8, 1], generation=2)))

    def test_wrong_points(self):
        self.refuses("2 points, not 3", lambda: resumed().on_block(block(97, 100, [8, 1])))
        self.refuses("1 in a frame, 5 in a block", lambda: resumed().on_block(block(97, 100, [7, 8, 5])))
        self.refuses("in a gap", lambda: resumed().on_block(block(97, 100, [7, 8, 1], gaps=[97, 98])))
        series = [{"id": 0, "last": [7, 8, 1], "min": [7, 9, 1], "max": [7, 9, 1], "sum": [7, 9, 1]}]
        self.refuses("not within", lambda: resumed().on_block(block(97, 100, [], series=series)))

    def test_missed_range(self):
        held = begun()
        held.on_quality({"state": "coarse", "from": 98, "to": 104, "step": 2})
        held.on_frame(keyframe(104))
        self.assertEqual(held.position, f"{BASE}100")
        held.on_frame(chain(105))
        held.on_quality({"state": "live"})
        held.on_block(block(98, 104, [1, 1, 1], step=2))
        self.assertEqual(held.position, f"{BASE}105")
        self.assertEqual(check_coverage(held.covered), (99, 105))

    def test_missed_again_before_the_block(self):
        held = begun()
        held.on_quality({"state": "catching_up", "from": 100, "to": 103, "step": 1})
        held.on_frame(keyframe(103))
        held.on_quality({"state": "coarse", "from": 100, "to": 108, "step": 4})
        held.on_frame(keyframe(108))
        held.on_block(block(100, 108, [1, 1], step=4))
        self.assertEqual(check_coverage(held.covered), (99, 108))

    def test_coverage(self):
        self.assertEqual(check_coverage([(2, 5, "frame"), (0, 2, "block")]), (0, 5))
        self.refuses("came twice", lambda: check_coverage([(0, 3, "frame"), (2, 5, "block")]))
        self.refuses("are missing", lambda: check_coverage([(0, 2, "frame"), (3, 5, "block")]))
        self.refuses("nothing arrived", lambda: check_coverage([]))


class Replies(unittest.TestCase):
    def session(self):
        made = Session.__new__(Session)
        made.pending = {1: ("ping", None)}
        made.views, made.remembered, made.beats, made.ignored = {}, {}, 0, 0
        return made

    def test_exactly_one(self):
        held = self.session()
        held.take({"type": "pong", "id": 1, "serverTimeMs": 5})
        with self.assertRaisesRegex(Violation, "waits for none"):
            held.take({"type": "pong", "id": 1, "serverTimeMs": 5})

    def test_unknown_types_are_ignored(self):
        held = self.session()
        held.take({"type": "from_the_future"})
        self.assertEqual(held.ignored, 1)

    def test_nothing_of_a_view_before_it_was_named(self):
        with self.assertRaisesRegex(Violation, "which nothing named"):
            self.session().take({"type": "frame", "view": 9, **chain(5)})


class Address(unittest.TestCase):
    def test_the_token_leaves_the_address(self):
        given = websocket_address("http://host:3000/metricast/?token=abc&x=1", None)
        self.assertEqual(given, ("ws://host:3000/metricast/?x=1", "abc"))
        self.assertEqual(websocket_address("https://host/m", "t"), ("wss://host/m/", "t"))


class Page(unittest.TestCase):
    """The page's own examples, read by its rules."""

    def fenced(self, language):
        parts = PAGE.read_text().split(f"\n```{language}\n")[1:]
        return [part.split("\n```")[0] for part in parts]

    def test_frames(self):
        frames = [json.loads(example) for example in self.fenced("json")]
        held = view()
        for frame in (frame for frame in frames if frame["type"] == "frame"):
            held.on_frame(frame)
        cpu, requests, latency, born = held.series
        self.assertEqual((cpu.state, requests.now(), latency.now(), born.now()), ("stale", 123, [9, 2, 0, 2.02], 0.5))

    def test_session(self):
        covered = []
        tick = None
        for example in self.fenced("transcript"):
            held = None
            for message in (json.loads(line[2:]) for line in example.splitlines() if line.startswith("<")):
                if message["type"] == "subscribed":
                    held = View(message["items"][0], tick)
                elif message["type"] == "frame":
                    held.on_frame(message)
                elif message["type"] == "block":
                    held.on_block(message)
            tick = held.tick
            covered += held.covered
        self.assertEqual(check_coverage(covered), (1700000090, 1700000106))


if __name__ == "__main__":
    unittest.main()
