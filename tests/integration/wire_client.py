#!/usr/bin/env python3
"""A client of keyledgerd in another language, written from docs/wire.md with Python's standard library alone.

    wire_client.py KEYLEDGERD SCHEMA

starts a daemon on a fresh ledger and does what a gateway and an operator would do; then what they must not do.
The places of the fields come from the Cap'n Proto compiler, as `capnp compile -ocapnp SCHEMA` prints them.
Ends with status 0 if every answer was the right one.
"""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time


# ---- The schema ----

class Field:
    def __init__(self, name, kind, place, tag, default):
        self.name, self.kind, self.tag, self.default = name, kind, tag, default
        numbers = [int(number) for number in re.findall(r"\d+", place)]
        self.pointer = numbers[0] if place.startswith("ptr") else None
        self.first_bit, self.bits = (None, 0) if self.pointer is not None else (numbers[0], numbers[1] - numbers[0])


class Struct:
    def __init__(self, data_bytes, pointers):
        self.data_words, self.pointers = data_bytes // 8, pointers
        self.fields, self.tag_bit = {}, None


class Schema:
    """The structs and enums of a schema, by name."""

    def __init__(self, path):
        text = subprocess.run(["capnp", "compile", "-ocapnp", path], check=True, capture_output=True, text=True).stdout
        self.structs, self.enums, open_blocks = {}, {}, []
        for line in text.splitlines():
            self.read_line(line.strip(), open_blocks)

    def read_line(self, line, open_blocks):
        if begins := re.match(r"struct (\S+) @\w+ \{  # (\d+) bytes, (\d+) ptrs", line):
            name = begins[1].split(".")[-1]
            self.structs[name] = Struct(int(begins[2]), int(begins[3]))
            open_blocks.append(name)
        elif begins := re.match(r"enum (\S+) @", line):
            self.enums[begins[1].split(".")[-1]] = []
            open_blocks.append(begins[1].split(".")[-1])
        elif begins := re.match(r"union \{  # tag bits \[(\d+), ", line):
            self.structs[open_blocks[-1]].tag_bit = int(begins[1])
            open_blocks.append(open_blocks[-1])
        elif line == "}":
            open_blocks.pop()
        elif field := re.match(r"(\w+) @\d+ :([\w.()]+).*?(?: = (\S+))?;  # ([^,]+(?:, \d+\))?)(?:, union tag = (\d+))?$", line):
            name, kind, default, place, tag = field.groups()
            kind = re.sub(r"\w+\.", "", kind)
            default = int(default) if default else 0
            tag = int(tag) if tag else None
            self.structs[open_blocks[-1]].fields[name] = Field(name, kind, place, tag, default)
        elif value := re.match(r"(\w+) @\d+;", line):
            self.enums[open_blocks[-1]].append(value[1])


# ---- Messages ----

NUMBERS = {"UInt8": 8, "UInt16": 16, "UInt32": 32, "UInt64": 64, "Int64": 64}


class Writer:
    """Lays out one message in one segment."""

    def __init__(self, schema):
        self.schema, self.words = schema, []

    def frame(self, name, value):
        self.words = [0]
        self.put_struct(0, name, value)
        return struct.pack("<II", 0, len(self.words)) + struct.pack(f"<{len(self.words)}Q", *self.words)

    def allocate(self, words):
        self.words.extend([0] * words)
        return len(self.words) - words

    def put_struct(self, pointer, name, value):
        layout = self.schema.structs[name]
        at = self.allocate(layout.data_words + layout.pointers)
        self.words[pointer] = (at - pointer - 1 & 0x3FFFFFFF) << 2 | layout.data_words << 32 | layout.pointers << 48
        self.fill(at, layout, value)

    def put_bits(self, at, first_bit, bits, number):
        mask = (1 << bits) - 1
        self.words[at + first_bit // 64] |= (number & mask) << first_bit % 64

    def fill(self, at, layout, value):
        for name, content in value.items():
            field = layout.fields[name]
            if field.tag is not None:
                self.put_bits(at, layout.tag_bit, 16, field.tag)
            if field.pointer is not None:
                self.put_pointer(at + layout.data_words + field.pointer, field.kind, content)
            elif field.bits > 0:
                if isinstance(content, str):
                    content = self.schema.enums[field.kind].index(content)
                self.put_bits(at, field.first_bit, field.bits, int(content) ^ field.default)

    def put_pointer(self, pointer, kind, content):
        if kind == "Text":
            self.put_bytes(pointer, content.encode() + b"\0")
        elif kind == "Data":
            self.put_bytes(pointer, content)
        elif kind.startswith("List("):
            self.put_list(pointer, kind[5:-1], content)
        else:
            self.put_struct(pointer, kind, content)

    def put_bytes(self, pointer, content):
        at = self.allocate((len(content) + 7) // 8)
        padded = content.ljust((len(content) + 7) // 8 * 8, b"\0")
        self.words[at:] = struct.unpack(f"<{len(padded) // 8}Q", padded)
        self.words[pointer] = (at - pointer - 1) << 2 | 1 | 2 << 32 | len(content) << 35

    def put_list(self, pointer, kind, items):
        if kind == "Text":
            at = self.allocate(len(items))
            self.words[pointer] = (at - pointer - 1) << 2 | 1 | 6 << 32 | len(items) << 35
            for i, item in enumerate(items):
                self.put_pointer(at + i, kind, item)
            return
        layout = self.schema.structs[kind]
        size = layout.data_words + layout.pointers
        tag = self.allocate(1 + len(items) * size)
        self.words[pointer] = (tag - pointer - 1) << 2 | 1 | 7 << 32 | len(items) * size << 35
        self.words[tag] = len(items) << 2 | layout.data_words << 32 | layout.pointers << 48
        for i, item in enumerate(items):
            self.fill(tag + 1 + i * size, layout, item)


class Reader:
    """Reads one message, of one or several segments."""

    def __init__(self, schema, segments):
        self.schema, self.segments = schema, segments

    def root(self, name):
        return self.read_pointer(0, 0, name)

    def word(self, segment, at):
        return struct.unpack_from("<Q", self.segments[segment], at * 8)[0]

    def target(self, segment, at):
        """Returns the pointer's word, and the segment and the word that it leads to."""
        word = self.word(segment, at)
        if word & 3 != 2:
            offset = (word & 0xFFFFFFFF) >> 2
            return word, segment, at + 1 + (offset - (1 << 30) if offset >> 29 else offset)
        pad_segment, pad = word >> 32, (word & 0xFFFFFFFF) >> 3
        if word & 4 == 0:
            return self.target(pad_segment, pad)
        far = self.word(pad_segment, pad)
        return self.word(pad_segment, pad + 1), far >> 32, (far & 0xFFFFFFFF) >> 3

    def read_pointer(self, segment, at, kind):
        is_null = self.word(segment, at) == 0
        if kind in ("Text", "Data") or kind.startswith("List("):
            return self.read_list(segment, at, kind, is_null)
        if is_null:
            return None
        word, segment, at = self.target(segment, at)
        return self.read_struct(segment, at, word >> 32 & 0xFFFF, word >> 48, kind)

    def read_list(self, segment, at, kind, is_null):
        if is_null:
            return {"Text": "", "Data": b""}.get(kind, [])
        word, segment, at = self.target(segment, at)
        count = word >> 35
        if kind in ("Text", "Data"):
            content = self.segments[segment][at * 8:at * 8 + count]
            return content if kind == "Data" else content[:-1].decode()
        item = kind[5:-1]
        if word >> 32 & 7 == 6:
            return [self.read_pointer(segment, at + i, item) for i in range(count)]
        tag = self.word(segment, at)
        data, pointers = tag >> 32 & 0xFFFF, tag >> 48
        return [self.read_struct(segment, at + 1 + i * (data + pointers), data, pointers, item)
                for i in range((tag & 0xFFFFFFFF) >> 2)]

    def read_struct(self, segment, at, data_words, pointers, name):
        layout = self.schema.structs[name]
        tag = self.bits(segment, at, data_words, layout.tag_bit, 16) if layout.tag_bit is not None else None
        value = {}
        for field in layout.fields.values():
            if field.tag is not None and field.tag != tag:
                continue
            if field.pointer is not None:
                is_there = field.pointer < pointers
                place = at + data_words + field.pointer
                value[field.name] = self.read_pointer(segment, place, field.kind) if is_there else None
            else:
                number = self.bits(segment, at, data_words, field.first_bit, field.bits) ^ field.default
                value[field.name] = self.meaning(field, number)
        return value

    def bits(self, segment, at, data_words, first_bit, bits):
        if bits == 0 or first_bit >= data_words * 64:
            return 0
        return self.word(segment, at + first_bit // 64) >> first_bit % 64 & (1 << bits) - 1

    def meaning(self, field, number):
        if field.kind == "Bool":
            return number == 1
        if field.kind in self.schema.enums:
            return self.schema.enums[field.kind][number]
        return number - (1 << 64) if field.kind == "Int64" and number >> 63 else number


# ---- A connection ----

class Ended(Exception):
    """The daemon closed the connection."""


class Connection:
    def __init__(self, schema, path):
        self.schema, self.last_id, self.input = schema, 0, bytearray()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)

    def send(self, change=None, **request):
        """Sends a request. `change` may change the words of its frame first. Returns the request's id."""
        self.last_id += 1
        frame = Writer(self.schema).frame("Request", {"id": self.last_id, **request})
        if change:
            words = list(struct.unpack(f"<{len(frame) // 8}Q", frame))
            frame = struct.pack(f"<{len(change(words))}Q", *words)
        self.socket.sendall(frame)
        return self.last_id

    def take(self, size):
        while len(self.input) < size:
            if not self.read_more():
                raise Ended()
        taken = bytes(self.input[:size])
        del self.input[:size]
        return taken

    def read_more(self):
        """Reads what has come. Returns False at the end of the connection."""
        try:
            more = self.socket.recv(1 << 16)
        except ConnectionResetError:
            more = b""
        self.input += more
        return bool(more)

    def receive(self):
        count = struct.unpack("<I", self.take(4))[0] + 1
        sizes = struct.unpack(f"<{count}I", self.take(4 * count))
        self.take(4 * ((count + 1) % 2))
        return Reader(self.schema, [self.take(8 * size) for size in sizes]).root("Response")

    def ask(self, change=None, **request):
        """Sends a request and returns its single response."""
        wanted = self.send(change, **request)
        response = self.receive()
        check(response["id"] == wanted, f"an answer to {wanted}", response)
        return response

    def ask_all(self, **request):
        """Sends a request and returns all of its responses."""
        wanted, responses = self.send(**request), []
        while not responses or responses[-1]["more"]:
            responses.append(self.receive())
            check(responses[-1]["id"] == wanted, f"an answer to {wanted}", responses[-1])
        return responses

    def run(self, **command):
        response = self.ask(command=command)
        check("done" in response, "done", response)
        return response["done"]

    def rows(self, **request):
        responses = self.ask_all(**request)
        positions = {response["rows"]["position"] for response in responses}
        check(len(positions) == 1, "one position", positions)
        return [row for response in responses for row in response["rows"]["rows"]]


def check(is_right, wanted, got):
    if not is_right:
        raise AssertionError(f"expected {wanted}, got {got}")


def check_failure(response, name):
    check("failure" in response and response["failure"]["name"] == name, f"the failure {name}", response)


# ---- A daemon ----

class Daemon:
    def __init__(self, program, directory):
        self.directory = directory
        self.process = subprocess.Popen([program, "--data", directory, "--log-level", "error"])
        self.socket = os.path.join(directory, "keyledger.sock")

    def connect(self, schema):
        while True:
            try:
                return Connection(schema, self.socket)
            except (FileNotFoundError, ConnectionRefusedError):
                check(self.process.poll() is None, "a daemon that runs", self.process.returncode)
                time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(60) == 0, "exit status 0", self.process.returncode)


# ---- What a client does ----

ACCOUNT = "1111-2222-3333"


def greet(client):
    hello = client.ask(hello={})["hello"]
    check(hello["revision"] >= 2, "revision 2 or later", hello)
    check(hello["version"] and len(hello["ledgerId"]) == 36, "a version and a ledger", hello)
    check(hello["limits"]["frameBytes"] >= 1 << 20, "limits", hello)
    deadline = time.monotonic() + 60
    while not client.ask(hello={})["hello"]["commandsReady"]:
        check(time.monotonic() < deadline, "commands that are ready", hello)
    return hello


def set_up(client):
    client.run(openAccount={"account": ACCOUNT, "name": "Acme"}, reason="set up")
    client.run(registerUser={"account": ACCOUNT, "username": "ann", "staff": True})
    client.run(registerClient={"account": ACCOUNT, "name": "bot"})
    made = client.run(createKey={"account": ACCOUNT, "username": "ann", "name": "prod", "tags": ["a", "b"],
                                 "limit": {"requests": 1000, "window": 60_000_000}},
                      idempotencyId="python-1")
    check(made["secret"].startswith("kl_"), "a token", made)
    check(made["entity"]["key"]["tags"] == ["a", "b"], "the tags", made)
    client.run(assignKey={"key": "prod", "client": "bot"})
    return made["secret"]


def authenticate(client, token):
    allowed = client.ask(authenticate={"hasToken": True, "token": token, "client": "bot",
                                       "address": bytes([192, 0, 2, 7])})["verdict"]
    check(allowed["reason"] == 0 and allowed["owner"] == "ann", "allowed", allowed)
    check(allowed["account"] == 111122223333, "the account as a number", allowed)
    many = client.ask(authenticateMany=[{"hasToken": True, "token": token}, {"client": "bot"},
                                        {"hasToken": True, "token": "nonsense"}])["verdicts"]
    check([each["reasonName"] for each in many] == ["allowed", "key_required", "unknown"], "three verdicts", many)
    # A revocation is seen by a question that names its position, on any connection.
    done = client.run(deactivateKey="prod")
    verdict = client.ask(minPosition=done["position"], authenticate={"hasToken": True, "token": token})["verdict"]
    check(verdict["reasonName"] == "inactive", "inactive", verdict)
    client.run(activateKey="prod")


def name_clients(client):
    check(client.ask(activeKey="bot")["activeKey"]["active"] == 1, "one active key", None)
    for name in ("nobody", ""):
        check_failure(client.ask(activeKey=name), "client_unknown")
        check_failure(client.ask_all(keysOfClient=name)[-1], "client_unknown")
    client.run(openAccount={"account": "4444-5555-6666", "name": "Other"})
    client.run(registerClient={"account": "4444-5555-6666", "name": "bot"})
    check_failure(client.ask(activeKey="bot"), "name_ambiguous")
    check_failure(client.ask_all(keysOfClient="bot")[-1], "name_ambiguous")
    verdict = client.ask(authenticate={"client": "bot"})["verdict"]
    check(verdict["reasonName"] == "name_ambiguous", "name_ambiguous", verdict)
    client.run(removeClient="4444-5555-6666/bot")


def repeat(client):
    """A command that is sent again with its idempotency id is done once."""
    command = {"createKey": {"account": ACCOUNT, "username": "ann", "name": "once"}, "idempotencyId": "python-2"}
    first, second = client.run(**command), client.run(**command)
    check(second["repeated"] and second["position"] == first["position"], "the same position", second)
    check(second["secret"] == "", "no secret", second)
    check_failure(client.ask(command={**command, "createKey": {**command["createKey"], "name": "other"}}),
                  "idempotency_conflict")


# ---- What a daemon must not misread ----

def patch_an_enum(client):
    """The enum's value is the first half word of the second word of ChangePolicy, which comes last."""
    def to_unknown_value(words):
        words[-5] = words[-5] & ~0xFFFF | 3
        return words
    before = client.rows(list={"kind": "policy"})
    check_failure(client.ask(change=to_unknown_value, command={"changePolicy": {"enforceLifetime": "on"}}),
                  "not_supported")
    check(client.rows(list={"kind": "policy"}) == before, "the policy of before", None)


def send_an_unknown_field(client):
    """A newer client's CreateKey is one word of data longer, and restricts the key there."""
    newer = Schema.__new__(Schema)
    newer.structs, newer.enums = dict(client.schema.structs), client.schema.enums
    known = client.schema.structs["CreateKey"]
    longer = newer.structs["CreateKey"] = Struct(8 * (known.data_words + 1), known.pointers)
    longer.fields = {**known.fields, "onlyOnWeekdays": Field(
        "onlyOnWeekdays", "UInt64", f"bits[{64 * known.data_words}, {64 * known.data_words + 64})", None, 0)}
    older, client.schema = client.schema, newer
    create = {"account": ACCOUNT, "username": "ann", "name": "weekdays"}
    check_failure(client.ask(command={"createKey": {**create, "onlyOnWeekdays": 1}}), "not_supported")
    check(not any(row["key"]["name"] == "weekdays" for row in client.rows(list={"kind": "keys"})), "no key", None)
    client.run(createKey={**create, "onlyOnWeekdays": 0})
    client.schema = older


def send_an_unknown_request(client):
    def to_unknown_member(words):
        words[4] = 250
        return words
    check_failure(client.ask(change=to_unknown_member, stats=None), "not_supported")
    check("stats" in client.ask(stats=None), "a connection that goes on", None)


def send_too_much(client):
    check_failure(client.ask(command={"deleteKey": "k" * 100_000}), "too_large")


def end_a_connection(daemon, schema):
    """After bytes that are no frame, the daemon says so and closes."""
    client = daemon.connect(schema)
    client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
    response = client.receive()
    check_failure(response, "protocol")
    check(response["id"] == 0, "the id 0", response)
    try:
        client.receive()
    except Ended:
        return
    raise AssertionError("the connection goes on after bytes that are no frame")


# ---- A stop in the middle of a long answer ----

def make_history(client, token):
    for _ in range(40):
        client.ask(authenticateMany=[{"hasToken": True, "token": token}] * 500)


def stop_in_mid_stream(daemon, client):
    """Every long answer that a stop cuts off ends with the failure `stopping`."""
    wanted = [client.send(history={"uses": True}) for _ in range(12)]
    first = client.receive()
    check(first["more"], "a long answer", None)
    ends = {}
    stopper = threading.Thread(target=daemon.stop)
    stopper.start()
    # Decoding can take longer than the daemon waits for a client to read its last answers.
    while client.read_more():
        pass
    try:
        while True:
            response = client.receive()
            check(response["id"] not in ends, "nothing after the last response", response["id"])
            if not response["more"]:
                ends[response["id"]] = response
    except Ended:
        pass
    stopper.join()
    check(sorted(ends) == wanted, "an end of every answer", sorted(ends))
    cut = [end for end in ends.values() if "failure" in end]
    check(cut, "an answer that was cut off", None)
    for end in cut:
        check_failure(end, "stopping")


def main():
    program, schema = sys.argv[1], Schema(sys.argv[2])
    with tempfile.TemporaryDirectory() as directory:
        daemon = Daemon(program, os.path.join(directory, "ledger"))
        try:
            client = daemon.connect(schema)
            greet(client)
            token = set_up(client)
            authenticate(client, token)
            name_clients(client)
            repeat(client)
            patch_an_enum(client)
            send_an_unknown_field(client)
            send_an_unknown_request(client)
            send_too_much(client)
            end_a_connection(daemon, schema)
            make_history(client, token)
            stop_in_mid_stream(daemon, client)
        finally:
            daemon.process.kill()
            daemon.process.wait()


if __name__ == "__main__":
    main()
