#!/usr/bin/env python3
"""
A client of the metricast protocol, version 1, written from docs/protocol.md with nothing but the standard library. It
watches a view, holds the server to every rule of the page, may have its connection cut, comes back with its
position, and checks that every tick arrived exactly once. Prints one line of JSON; exits with 1 at any violation.

  python3 metricast_client.py --url http://localhost:3000/metricast/?token=… --ticks 20 --cut-after 8 --resume
"""

import argparse
import json
import sys
import time
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from metricast_binary import BinaryView, Message
from metricast_view import View, Violation, check_coverage, require, whole
from rfc6455 import Broken, Closed, Refused, WebSocket

JSON_PROTOCOL = "metricast.v1.json"
BINARY_PROTOCOL = "metricast.v1.bin"


class Session:
    """One connection: requests with their one reply each, and what the server sends on its own."""

    def __init__(self, url, token, timeout, protocols):
        self.deadline = time.monotonic() + timeout
        self.socket = WebSocket(url, protocols, timeout)
        # The server answers the first offer that it speaks, and it speaks both.
        require(self.socket.protocol == protocols[0], f"{self.socket.protocol} of {protocols}")
        self.binary = self.socket.protocol == BINARY_PROTOCOL
        self.token = token
        self.next_id = 1
        self.pending = {}
        self.views = {}
        # What has to be remembered of views whose frames come in bits.
        self.remembered = {}
        self.beats = 0
        self.ignored = 0
        self.welcome = None

    def request(self, message, position_tick=None):
        message = {"type": message["type"], "id": self.next_id, **message}
        self.pending[self.next_id] = (message["type"], position_tick)
        self.next_id += 1
        self.socket.send(json.dumps(message))
        return message["id"]

    def hello(self, resume=None, position_tick=None):
        message = {"type": "hello", "version": 1}
        if self.token is not None:
            message["token"] = self.token
        if resume is not None:
            message["resume"] = resume
        asked = self.request(message, position_tick)
        # A hello that resumes is answered twice: welcome, then subscribed.
        awaited = "subscribed" if resume is not None else "welcome"
        return self.await_reply(asked, awaited)

    def await_reply(self, asked, awaited):
        while True:
            message = self.receive()
            if message.get("id") == asked and message["type"] == awaited:
                return message

    def receive(self):
        """Takes the next message; what concerns a view is applied to it."""
        left = self.deadline - time.monotonic()
        require(left > 0, "out of time")
        self.socket.socket.settimeout(left)
        message = self.read(self.socket.receive())
        self.take(message)
        return message

    def read(self, data):
        if isinstance(data, bytes):
            require(self.binary, "a binary message on a text protocol")
            binary = Message(data)
            require(binary.view in self.remembered, f"bits of view {binary.view}, which nothing named")
            return self.remembered[binary.view].message(binary)
        message = json.loads(data)
        require(isinstance(message, dict) and isinstance(message.get("type"), str), "a message without a type")
        require(not self.binary or message["type"] not in ("frame", "block"), f"a {message['type']} as text")
        return message

    def take(self, message):
        kind = message["type"]
        if "id" in message:
            self.answer(message)
        if kind == "frame":
            self.view_of(message).on_frame(message)
        elif kind == "block":
            self.view_of(message).on_block(message)
        elif kind == "beat":
            require(len(message["heads"]) % 2 == 0, "heads are pairs")
            self.beats += 1
        elif kind == "error":
            raise Violation(f"refused: {message}")
        elif kind == "bye":
            raise Violation(f"the server said bye: {message}")
        elif kind == "quality":
            self.view_of(message).on_quality(message)
        elif kind not in ("welcome", "subscribed", "unsubscribed", "events", "result", "series", "pong"):
            self.ignored += 1

    def view_of(self, message):
        require(message["view"] in self.views, f"{message['type']} of view {message['view']}, which nothing named")
        return self.views[message["view"]]

    def answer(self, message):
        kind, asked = message["type"], message["id"]
        require(asked in self.pending, f"a reply to {asked}, which waits for none")
        request, position_tick = self.pending[asked]
        if kind == "welcome":
            require(request == "hello" and message["version"] == 1, f"welcome to a {request}")
            self.welcome = message
            if position_tick is not None:
                return
        if kind == "subscribed":
            for item in message["items"]:
                self.views[item["view"]] = View(item, position_tick)
                self.remembered[item["view"]] = BinaryView(item["stepTicks"])
        if kind == "unsubscribed":
            for view in message["views"]:
                require(self.views.pop(view, None) is not None, f"unsubscribed from {view}")
                del self.remembered[view]
        del self.pending[asked]


def websocket_address(url, token):
    """Takes the token out of the address and makes it one of a WebSocket."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query)
    token = next((value for name, value in query if name == "token"), token)
    rest = urlencode([(name, value) for name, value in query if name != "token"])
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    return urlunsplit((scheme, parts.netloc, path, rest, "")), token


def follow(session, view, frames):
    """Takes messages until the view has had so many more frames and nothing of its history is due."""
    goal = view.frames + frames
    while view.frames < goal or view.due:
        session.receive()


def run(args):
    url, token = websocket_address(args.url, args.token)
    item = {"channel": args.channel}
    if args.select:
        item["select"] = args.select
    asked = {**item, "sinceMs": args.since_ms, "points": 2000} if args.since_ms else item

    protocols = [BINARY_PROTOCOL, JSON_PROTOCOL] if args.binary else [JSON_PROTOCOL]
    session = Session(url, token, args.timeout, protocols)
    session.hello()
    reply = session.await_reply(session.request({"type": "subscribe", "items": [asked]}), "subscribed")
    require(len(reply["items"]) == 1, "one item asked, one answered")
    view = session.views[reply["items"][0]["view"]]
    views, sessions = [view], [session]
    follow(session, view, args.cut_after or args.ticks)

    if args.cut_after:
        position, tick = view.position, view.tick
        session.socket.cut()
        time.sleep(args.away_ms / 1000)
        session = Session(url, token, args.timeout, protocols)
        sessions.append(session)
        if args.resume:
            resumed = session.hello([{**item, "position": position}], tick)
            view = session.views[resumed["items"][0]["view"]]
            require(view.resume is not None, "a position without an answer")
            require(view.resume["outcome"] == "complete", f"resumed {view.resume}")
        else:
            session.hello()
            again = session.await_reply(session.request({"type": "subscribe", "items": [item]}), "subscribed")
            view = session.views[again["items"][0]["view"]]
        views.append(view)
        follow(session, view, args.ticks - args.cut_after)

    session.await_reply(session.request({"type": "ping"}), "pong")
    require(whole(view.tick), "no tick")
    session.await_reply(session.request({"type": "unsubscribe", "views": [view.number]}), "unsubscribed")
    require(session.pending == {}, f"no reply to {session.pending}")
    session.socket.close()
    return summary(args, views, sessions)


def summary(args, views, sessions):
    joined = views if args.resume or len(views) == 1 else views[-1:]
    start, end = check_coverage([piece for view in joined for piece in view.covered])
    points = {}
    for view in joined:
        points.update(view.points)
    ticks = sorted({tick for tick, _ in points})
    values = [[tick, value] for (tick, (name, _)), value in sorted(points.items()) if name == args.values]
    return {
        "ok": True,
        "protocol": sessions[-1].socket.protocol,
        "from": start,
        "to": end,
        "sampledTicks": len(ticks),
        "frames": sum(view.frames for view in views),
        "keyframes": sum(view.keyframes for view in views),
        "blocks": sum(view.blocks for view in views),
        "series": len(views[-1].series),
        "resume": views[-1].resume,
        "position": views[-1].position,
        "pingsAnswered": sum(session.socket.pings for session in sessions),
        "bytes": sum(session.socket.received for session in sessions),
        "ignoredMessages": sum(session.ignored for session in sessions),
        **({"values": values} if args.values else {}),
    }


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--url", required=True, help="address of the server; may hold ?token=")
    parser.add_argument("--token", help="ticket or start token")
    parser.add_argument("--binary", action="store_true", help="offer metricast.v1.bin first")
    parser.add_argument("--channel", default="metrics")
    parser.add_argument("--select", action="append", help="a pattern; may be given several times")
    parser.add_argument("--ticks", type=int, default=10, help="frames to follow in all")
    parser.add_argument("--cut-after", type=int, default=0, help="cut the connection after so many frames")
    parser.add_argument("--away-ms", type=int, default=1500, help="time between the cut and the return")
    parser.add_argument("--resume", action="store_true", help="come back with the position")
    parser.add_argument("--since-ms", type=int, default=0, help="ask for history when subscribing")
    parser.add_argument("--values", help="print the points of this series")
    parser.add_argument("--timeout", type=float, default=60, help="seconds that a connection may take")
    return parser.parse_args()


def main():
    try:
        print(json.dumps(run(arguments())))
        return 0
    except (Violation, Broken, Closed, Refused, OSError, KeyError, ValueError) as fault:
        print(json.dumps({"ok": False, "fault": type(fault).__name__, "reason": str(fault)}))
        return 1


if __name__ == "__main__":
    sys.exit(main())
