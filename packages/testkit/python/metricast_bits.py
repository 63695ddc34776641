"""Bits, numbers and columns of metricast.v1.bin, as section 20 of docs/protocol.md has them, in its own words."""

import struct

from metricast_view import Violation, require

NAN = 0x7FF8000000000000
RAW = 63
MAX_IDS = 2**20


def double_of(bits):
    return struct.unpack("!d", bits.to_bytes(8, "big"))[0]


def bits_of(value):
    return NAN if value != value else int.from_bytes(struct.pack("!d", value), "big")


def signed(c):
    return (c + 1) // 2 if c % 2 else -(c // 2)


class Bits:
    """A run of bits; what is read past its end is an error."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def u(self, n):
        require(n >= 0, f"{n} bits")
        end = self.at + n
        require(end <= len(self.data) * 8, "a message that ends early")
        first, last = self.at // 8, (end + 7) // 8
        word = int.from_bytes(self.data[first:last], "big") >> (last * 8 - end)
        self.at = end
        return word & ((1 << n) - 1)

    def double(self):
        return double_of(self.u(64))

    def varint(self):
        value = 0
        for place in range(8):
            byte = self.u(8)
            value |= (byte & 127) << (7 * place)
            if byte < 128:
                require(value < 2**53, "a varint of 2^53 or more")
                return value
        raise Violation("a varint without end")

    def part(self):
        size, start = self.varint(), self.at // 8
        require(start + size <= len(self.data), "a part that ends early")
        self.at += size * 8
        return bytes(self.data[start : start + size])

    def ones(self):
        p = 0
        while self.u(1):
            p += 1
            require(p < 32, "a code of 32 ones")
        return p

    def eg(self, k, p=None):
        if p is None:
            p = self.ones()
        return (2**p - 1) * 2**k + self.u(p + k)

    def list(self, n):
        count = self.eg(3)
        require(count <= n, f"a list of {count} numbers below {n}")
        k = self.u(4) if count else 0
        numbers, before = [], -1
        for _ in range(count):
            before += 1 + self.eg(k)
            numbers.append(before)
        require(before < n, f"{before} in a list of numbers below {n}")
        return numbers


class Slot:
    """One number that is followed, and how it was written."""

    def __init__(self):
        self.value = 0.0
        self.scale = self.order = self.whole = self.correction = 0

    def of_whole(self):
        w, scale = self.whole, self.scale
        if scale == 16:
            return float(w * 1024)
        if scale == 17:
            return float(w * 4096)
        if 0 <= scale <= 15:
            return w / 10**scale
        require(32 <= scale <= 47, f"scale {scale}")
        c = self.correction
        require(abs(c) <= 64 and (w != 0 or c == 0), f"correction {c} of {w}")
        return double_of(bits_of(w / 10 ** (scale - 32)) + c)

    def number(self, bits, stay):
        raw = self.scale == RAW
        k = 1 if raw else self.order
        p = bits.ones()
        if p == 4:
            if bits.u(1) == 1:
                self.value = bits.double()
            else:
                self.absolute(bits)
            return self.value
        c = bits.eg(k, p - 1 if p > 4 else p)
        if raw:
            self.order += signed(c)
            require(0 <= self.order <= 64, f"{self.order} bits of a number differ")
            x = 0 if self.order == 0 else 2 ** (self.order - 1) + bits.u(self.order - 1)
            self.value = double_of(bits_of(self.value) ^ x)
            return self.value
        if c >= 2**k:
            self.order = k + 1
        elif k > 0 and c < 2 ** (k - 1):
            self.order = k - 1
        if self.scale < 32 and not stay:
            c += 1
        self.whole += signed(c)
        if self.scale >= 32:
            self.correction += signed(bits.eg(0))
        self.value = self.of_whole()
        return self.value

    def absolute(self, bits):
        self.scale = bits.u(6)
        if self.scale == RAW:
            self.value = bits.double()
            self.order = 52
            return self.value
        n = bits.u(6)
        self.whole = signed(bits.u(n))
        self.order = min(n, 8)
        self.correction = signed(bits.eg(0)) if self.scale >= 32 else 0
        self.value = self.of_whole()
        return self.value


def column(bits, n):
    if n == 0:
        return []
    slot = Slot()
    mode = bits.u(2)
    require(mode <= 2, "mode 3 of a column")
    values = [slot.absolute(bits)]
    if mode == 0:
        return values * n
    if slot.scale != RAW:
        slot.order = bits.u(6)
    if mode == 1:
        for _ in range(1, n):
            values.append(slot.number(bits, True))
        return values
    r = bits.u(3)
    while len(values) < n:
        values += [values[-1]] * bits.eg(r)
        require(len(values) <= n, "a run beyond the column")
        if len(values) < n:
            values.append(slot.number(bits, False))
    return values
