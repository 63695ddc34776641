"""The reader of metricast.v1.bin, shown the page's example and what it must complain about."""

import json
import pathlib
import unittest

from metricast_binary import BinaryView, Message, expanded
from metricast_bits import Bits, Slot, bits_of, column, double_of, signed
from metricast_view import Violation, same

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "protocol.md"


def fenced(language):
    parts = PAGE.read_text().split(f"\n```{language}\n")[1:]
    return [part.split("\n```")[0] for part in parts]


def packed(bits):
    bits = bits.replace(" ", "")
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def example(text):
    lines = text.splitlines()
    bits = [line.split("  ")[0] for line in lines]
    return packed("".join(bits_of_text(line) if line.startswith("{") else part for line, part in zip(lines, bits)))


def bits_of_text(text):
    return "".join(f"{byte:08b}" for byte in text.encode())


def message(kind, head, body):
    part = json.dumps(head).encode()
    return Message(bytes([kind | 128, 3, len(part)]) + part + packed(body))


def begun(count=2):
    view = BinaryView(1)
    series = [{"name": f"s{k}"} for k in range(count)]
    view.message(message(2, {"tick": 100, "series": series}, "1 0 0" * count))
    return view


class PageExample(unittest.TestCase):
    def test_frames_and_block(self):
        shown = [json.loads(text) for text in fenced("json")]
        messages = [example(text) for text in fenced("bits")]
        frames = [message for message in shown if message["type"] == "frame"]
        block = next(message for message in shown if message["type"] == "block")
        view = BinaryView(1)
        self.assertEqual(len(messages), len(frames) + 1)
        for data, frame in zip(messages, frames):
            decoded = view.message(Message(data))
            values = [float(value) if isinstance(value, str) else value for value in frame["v"]]
            self.assertTrue(all(map(same, decoded.pop("v"), values)))
            del frame["v"]
            self.assertEqual(decoded, frame)
        decoded = view.message(Message(messages[-1]))
        gauge, counter = decoded.pop("series")
        shown_gauge, shown_counter = block.pop("series")
        self.assertEqual(decoded, block)
        self.assertEqual(gauge, {**shown_gauge, "count": [5, 0, 5, 5]})
        self.assertEqual(counter, {**shown_counter, "count": [5, 0, 5, 5]})


class Numbers(unittest.TestCase):
    def test_codes_as_the_page_has_them(self):
        self.assertEqual([Bits(packed(bits)).eg(0) for bits in ("0", "100", "101", "11000")], [0, 1, 2, 3])
        self.assertEqual([signed(c) for c in range(5)], [0, 1, -1, 2, -2])
        self.assertEqual(Bits(bytes([0b10101100, 0b10])).varint(), 300)

    def test_scales(self):
        slot = Slot()
        slot.whole = -3
        for scale, value in ((0, -3), (2, -0.03), (16, -3072), (17, -12288), (34, -0.03)):
            slot.scale = scale
            self.assertEqual(slot.of_whole(), value)
        slot.correction = 1
        self.assertLess(slot.of_whole(), -0.03)
        self.assertEqual(bits_of(slot.of_whole()), bits_of(-0.03) + 1)
        slot.scale = 20
        self.assertRaises(Violation, slot.of_whole)

    def test_doubles(self):
        for value in (0.0, -0.0, 1e308, 5e-324, float("inf")):
            self.assertEqual(bits_of(double_of(bits_of(value))), bits_of(value))
        self.assertEqual(bits_of(double_of(0xFFF0000000000001)), 0x7FF8000000000000)

    def test_what_is_no_column(self):
        for bits in ("11", "00", "10 000000 000000 000000 000 111110 00000"):
            with self.assertRaises(Violation):
                column(Bits(packed(bits)), 3)


class Malformed(unittest.TestCase):
    def refuses(self, text, act):
        with self.assertRaisesRegex(Violation, text):
            act()

    def test_messages(self):
        self.refuses("kind 4", lambda: Message(bytes([4, 3])))
        self.refuses("ends early", lambda: Message(bytes([129, 3, 9, 123])))
        self.refuses("without end", lambda: Message(bytes([1] + [255] * 9)))

    def test_chain(self):
        view = begun()
        self.refuses("follows 99, not 100", lambda: view.message(message(1, {}, f"{99:016b} 00000001 0 0000")))
        self.refuses("ends early", lambda: begun().message(message(1, {}, f"{100:016b} 00000001 1 0001")))
        beyond = f"{100:016b} 00000001 0 0001 0000 110 11"
        self.refuses("in a list of numbers below 2", lambda: begun().message(message(1, {}, beyond)))
        behind = f"{100:016b} 00000001 0 0000 {0:016b}"
        self.refuses("behind its end", lambda: begun().message(message(1, {}, behind)))

    def test_dictionary(self):
        self.assertEqual(
            expanded([{"name": "a", "labels": {"x": "1", "y": "2"}}, {"labels": {"y": "3"}}])[1],
            {"name": "a", "labels": {"x": "1", "y": "3"}},
        )
        self.refuses("shortened", lambda: expanded([{"name": "a"}, {"labels": {"x": "1"}}]))
        self.refuses("after none", lambda: expanded([{"labels": {}}]))

    def test_block_that_claims_too_much(self):
        head = {"generation": 1, "from": 0, "to": 2**40, "step": 1, "series": [{"name": "s"}]}
        self.refuses("a block of", lambda: begun().message(message(3, head, "0000 00 00")))
        head = {"generation": 1, "from": 0, "to": 5, "step": 1}
        self.refuses("ids", lambda: begun().message(message(3, head, "0001 0011 1000")))


if __name__ == "__main__":
    unittest.main()
