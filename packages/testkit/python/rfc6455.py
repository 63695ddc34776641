"""A WebSocket client with nothing but the standard library: handshake, masking, fragments, ping and pong, close."""

import base64
import hashlib
import os
import socket
import ssl
import struct
from urllib.parse import urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class Refused(Exception):
    """The server answered the upgrade with something else."""


class Closed(Exception):
    """The connection ended; `code` is None where there was no closing handshake."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason}".strip())
        self.code = code
        self.reason = reason


class Broken(Exception):
    """The peer broke the rules of RFC 6455."""


class WebSocket:
    def __init__(self, url, protocols, timeout):
        """`protocols`: what is offered, best first; `protocol` is then what the server speaks."""
        parts = urlsplit(url)
        secure = parts.scheme == "wss"
        port = parts.port or (443 if secure else 80)
        sock = socket.create_connection((parts.hostname, port), timeout=timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=parts.hostname)
        self.socket = sock
        self.buffer = b""
        self.pings = 0
        self.received = 0
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._handshake(f"{parts.hostname}:{port}", path, protocols)

    def _handshake(self, host, path, protocols):
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {', '.join(protocols)}\r\n\r\n"
        )
        self.socket.sendall(request.encode())
        head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        if head[0].split(" ")[1] != "101":
            raise Refused(head[0])
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        wanted = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        if headers.get("sec-websocket-accept") != wanted:
            raise Broken("Sec-WebSocket-Accept is wrong")
        self.protocol = headers.get("sec-websocket-protocol")
        if self.protocol not in protocols:
            raise Broken(f"subprotocol {self.protocol}")
        if "sec-websocket-extensions" in headers:
            raise Broken("an extension nobody offered")

    def _fill(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise Closed(None, "without a closing handshake")
        self.received += len(chunk)
        self.buffer += chunk

    def _read_until(self, mark):
        while mark not in self.buffer:
            self._fill()
        head, _, self.buffer = self.buffer.partition(mark)
        return head

    def _read(self, size):
        while len(self.buffer) < size:
            self._fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _frame(self):
        first, second = self._read(2)
        if first & 0x70:
            raise Broken("reserved bits without an extension")
        if second & 0x80:
            raise Broken("a masked frame from a server")
        final, opcode, size = bool(first & 0x80), first & 0x0F, second & 0x7F
        if opcode >= 0x8 and (size > 125 or not final):
            raise Broken("a control frame that is long or in fragments")
        if size == 126:
            (size,) = struct.unpack("!H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._read(8))
        return final, opcode, self._read(size)

    def receive(self):
        """The next message, a text or bytes. Answers pings on the way."""
        kind, parts = None, []
        while True:
            final, opcode, payload = self._frame()
            if opcode == PING:
                self.pings += 1
                self._send(PONG, payload)
            elif opcode == PONG:
                pass
            elif opcode == CLOSE:
                self._answer_close(payload)
            elif opcode in (TEXT, BINARY, 0x0):
                if (opcode == 0x0) == (kind is None):
                    raise Broken("fragments out of order")
                kind = kind or opcode
                parts.append(payload)
                if final:
                    return b"".join(parts).decode("utf-8") if kind == TEXT else b"".join(parts)
            else:
                raise Broken(f"opcode {opcode}")

    def _answer_close(self, payload):
        code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
        try:
            self._send(CLOSE, payload[:2])
        except OSError:
            pass
        self.socket.close()
        raise Closed(code, payload[2:].decode("utf-8", "replace"))

    def send(self, text):
        self._send(TEXT, text.encode("utf-8"))

    def _send(self, opcode, payload):
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def close(self, code=1000, reason=""):
        self._send(CLOSE, struct.pack("!H", code) + reason.encode())
        try:
            while True:
                self.receive()
        except (Closed, OSError):
            self.socket.close()

    def cut(self):
        """Ends the TCP connection with a reset, as a failing network would."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
