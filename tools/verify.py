"""Verifies an export of a ledger with nothing but Python's standard library: 3.9 or newer, no package of anybody's.

    python verify.py EXPORT [--against FINGERPRINT_OR_FILE] [--key NAME+ID+KEY] [--quick] [--json] [--lang zh|en]

What an export is, docs/export-format.md says; nothing of the program that exports is imported.
Exit code 0: nothing is wrong; 1: something is, and the first bad entry is named; 2: there is nothing to verify.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import os
import re
import sys
import time
import zlib
from datetime import date
from decimal import Decimal

try:
    import tomllib
except ImportError:  # before Python 3.11: digests of texts are not checked, and that is said
    tomllib = None

FORMAT = "subsidy-ledger-export-1"
MOST = 1000  # findings that are listed; the rest is counted
LONGEST = 1 << 25  # bytes of a line
KEPT = re.compile(r"(?:sha256:)?([0-9a-f]{64})(?:\s.*)?")  # a fingerprint, as it was kept; size and day may follow
SUBJECT = re.compile("id-([0-9a-f]{10}-)?[0-9a-f]{64}")  # what stands for an identifier
# fmt: off
# What ledgers of old do not say of requests, and of what computed them: so it may be lacking.
SINCE = dict.fromkeys(("reversal", "erasure"), ("fingerprint",)) | dict.fromkeys(
    ("determination", "release"), ("engine", "fingerprint")
)
KEYS = {  # every key of each kind of entry
    "opened": "kind origin recorded schema scope",
    "key": "key kind recorded replaces",
    "text": "content digest kind path recorded role",
    "roster": "batch kind policy recorded scope subjects",
    "determination": "amount caps dated decision engine fingerprint kind policy receipt recorded request scope stated why",
    "reversal": "amount caps fingerprint kind recorded request reverses scope why",
    "release": "amount award decision engine fingerprint kind recorded release request scope",
    "erasure": "fingerprint ground kind on recorded request retention scope subject",
}
SAID = {  # what may be wrong
    "head": ("首行的检查点无法读取", "the checkpoint of the first line cannot be read"),
    "other-head": ("首行与其检查点不符", "the first line says otherwise than its checkpoint"),
    "line": ("该行既不是条目也不是检查点", "the line is neither an entry nor a checkpoint"),
    "order": ("应为第 {0} 条，却是第 {1} 条", "entry {0} is wanted, and entry {1} stands there"),
    "size": ("其检查点不会是 {0} 条时的", "its checkpoint is not the one of {0} entries"),
    "canonical": ("内容不是规范的 JSON", "its content is no canonical JSON"),
    "kind": ("内容不是“{0}”类的条目", "its content is no entry of the kind {0}"),
    "first": ("有且只有第 0 条是建立台账", "entry 0, and no other, opens the ledger"),
    "request": ("请求号 {0} 出现了两次", "the request id {0} occurs twice"),
    "type": ("内容的类型不对", "something in its content has a wrong type"),
    "missing": ("缺 {0} 条时的检查点", "the checkpoint of {0} entries is missing"),
    "proof": ("该条不是检查点所签的：存证不成立", "it is not the entry that was signed: its proof fails"),
    "note": ("检查点无法读取", "the checkpoint cannot be read"),
    "misplaced": ("此处不应有 {0} 条时的检查点", "the checkpoint of {0} entries does not belong here"),
    "root": ("第 {0} 至 {1} 条与所签的检查点不符", "entries {0} to {1} are not what their checkpoint was signed for"),
    "log": ("检查点是另一台账的：{0}", "the checkpoint is of another log: {0}"),
    "no-key": ("检查点之前没有签名密钥", "no key stands before the checkpoint"),
    "signature": ("{0} 条时的检查点没有密钥 {1} 的有效签名", "the checkpoint of {0} entries lacks a valid signature of the key {1}"),
    "signed": ("{0} 条时的检查点的签名有多有少", "the checkpoint of {0} entries has other signatures than those of its keys"),
    "opened": ("台账名或行政区划与首行不同", "its origin or scope is not that of the first line"),
    "key": ("不是接着前一把密钥的", "it does not follow the key before it"),
    "digest": ("文本 {0} 的摘要不符", "the text {0} has another digest"),
    "text": ("所依据的文本 {0} 不在其前", "the text {0} does not stand before it"),
    "amount": ("核定结果 {0} 与金额 {1} 不符", "{0} does not go with the amount {1}"),
    "unpaid": ("没有金额，却用了限额", "it has no amount, and uses caps"),
    "before": ("限额 {0} 已用 {1}，该条写的是 {2}", "of the cap {0} is used {1}, and it says {2}"),
    "over": ("超出限额 {0}：{1}，最多 {2}", "the cap {0} is exceeded: {1} of {2}"),
    "reversed": ("第 {0} 条已经冲销", "entry {0} was reversed before"),
    "none": ("第 {0} 条不能冲销", "entry {0} cannot be reversed"),
    "opposite": ("与所冲销的第 {0} 条不相抵", "it is not the opposite of entry {0}"),
    "released": ("第 {0} 条已有兑付，不能冲销", "an instalment of entry {0} was released, so it cannot be reversed"),
    "award": ("第 {0} 条没有可兑付的", "entry {0} has nothing to be released"),
    "settled": ("第 {0} 条的 {1} 期兑付了两次", "{1} of entry {0} is settled twice"),
    "short": ("应有 {0} 条，只有 {1} 条", "{0} entries are wanted, and there are {1}"),
    "last": ("最后的检查点不是首行的", "the last checkpoint is not that of the first line"),
    "kept": ("与所保存的 {0} 条时的检查点不符", "it is not the ledger of the checkpoint of {0} entries that was kept"),
    "fingerprint": ("没有一个检查点有所保存的指纹 {0}", "no checkpoint has the fingerprint {0} that was kept"),
    "other-key": ("所给的公钥不是这台账的", "the key that was given is none of this ledger"),
}
REMARKS = {  # what is not checked
    "trust": ("没有给出另行保存的指纹、检查点或公钥：持有台账者可以整体重写",
              "nothing that was kept apart was given, no fingerprint, checkpoint or key: who has the ledger could rewrite it"),
    "part": ("部分导出：是否缺条，限额是否超出，不能核对", "a part: whether entries are missing, and the caps, cannot be checked"),
    "python": ("文本的摘要没有核对：需要 Python 3.11 或更新", "digests of texts are not checked: that needs Python 3.11 or newer"),
    "quick": ("签名只核对了换密钥时的和最后的", "signatures are checked at changes of the key and at the end alone"),
}
# fmt: on

# — hashes: RFC 6962, signatures: RFC 8032 (Ed25519) —


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Tree:
    """The root of a tree that grows, by its complete subtrees, the largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def add(self, content):
        height, found, self.size = 0, sha(b"\x00", content), self.size + 1
        while self.peaks and self.peaks[-1][0] == height:
            height, found = height + 1, sha(b"\x01", self.peaks.pop()[1], found)
        self.peaks.append((height, found))

    def root(self):
        if not self.peaks:
            return sha(b"")
        found = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            found = sha(b"\x01", left, found)
        return found


def root_by_proof(index, size, content, proof):
    """The root to which a proof leads from an entry: RFC 9162, 2.1.3.2. None where the proof is of another length."""
    place, last, found = index, size - 1, sha(b"\x00", content)
    for each in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = sha(b"\x01", each, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = sha(b"\x01", found, each)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    """The sum of two points: X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(data):
    """The point of 32 bytes; None where there is none."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def has_signed(key, text, signature):
    """Whether an Ed25519 key made a signature of a text."""
    a, s = point(key), int.from_bytes(signature[32:], "little")
    if a is None or len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    minus = (P - a[0], a[1], 1, P - a[3])
    both, found = add(BASE, minus), (0, 1, 1, 0)
    for bit in range(252, -1, -1):  # s times the base minus h times the key
        found = add(found, found)
        one, other = s >> bit & 1, h >> bit & 1
        if one or other:
            found = add(found, both if one and other else BASE if one else minus)
    inverse = pow(found[2], P - 2, P)
    x, y = found[0] * inverse % P, found[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# — what is read: keys, notes, canonical JSON, texts —


def plain64(text):
    return base64.b64decode(text.encode("ascii"), validate=True)


def read_key(text):
    """A key of a log as its name, id and 32 bytes."""
    name, id_, encoded = text.split("+", 2)
    key = plain64(encoded)
    if not name or len(key) != 33 or key[:1] != b"\x01" or sha(name.encode(), b"\n", key).hex()[:8] != id_:
        raise ValueError(text)
    return name, bytes.fromhex(id_), key[1:]


def read_note(note):
    """A checkpoint: its text, origin, size, root, and the signatures as name, id of the key and bytes."""
    head, blank, tail = note.rpartition("\n\n")
    origin, size, root = head.split("\n")[:3]
    if not blank or not tail.endswith("\n") or not re.fullmatch("0|[1-9][0-9]*", size, re.ASCII):
        raise ValueError(note)
    signatures = []
    for line in tail[:-1].split("\n"):
        dash, name, encoded = line.split(" ")
        if dash != "\u2014":
            raise ValueError(line)
        content = plain64(encoded)
        signatures.append((name, content[:4], content[4:]))
    return head + "\n", origin, int(size), plain64(root), signatures


def canonical(data):
    def dated(value):
        if type(value) is date:
            return {"$date": value.isoformat()}
        raise ValueError(value)

    made = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dated)
    return made.encode(data)


def no_float(text):
    raise ValueError("a float: " + text)


def read_entry(text):
    """An entry as data; only of the one form that it can have."""
    data = json.loads(text, parse_float=no_float, parse_constant=no_float)
    if not isinstance(data, dict) or canonical(data) != text:
        raise ValueError("not canonical")
    return data


def digest_of(content):
    """The digest of a text: SHA-256 of its canonical content."""
    return "sha256:" + sha(canonical(tomllib.loads(content, parse_float=no_float)).encode()).hex()


# — verifying —


class Verification:
    """What is known of an export so far, line by line."""

    def __init__(self, kept, trusted, quick):
        self.kept, self.trusted, self.quick = kept, trusted, quick
        self.findings, self.count, self.line = [], 0, 1
        self.tree, self.good, self.is_off, self.next, self.due = Tree(), 0, False, 0, None
        self.keys, self.must_sign, self.roots, self.checkpoints, self.last = [], [], {}, 0, ""
        self.requests, self.texts, self.buckets, self.heads, self.reversed, self.settled = set(), set(), {}, {}, {}, {}

    def wrong(self, position, what, *values):
        self.count += 1
        if len(self.findings) < MOST:
            zh, en = (each.format(*values) for each in SAID[what])
            self.findings.append({"position": position, "line": self.line, "what": what, "zh": zh, "en": en})

    def begin(self, data):
        """The first line; whether it is one."""
        if data is None or list(data) != ["format", "origin", "scope", "size", "checkpoint", "part"]:
            return False
        self.origin, self.scope, self.size, self.head = data["origin"], data["scope"], data["size"], data["checkpoint"]
        self.part, self.note_ = data["part"], None
        if data["format"] != FORMAT or type(self.size) is not int or not isinstance(self.part, (dict, type(None))):
            return False
        try:
            self.note_ = read_note(self.head)
        except (ValueError, AttributeError):
            self.wrong(None, "head")
        if self.note_ and self.note_[1:3] != (self.origin, self.size):
            self.wrong(None, "other-head")
        return True

    def take(self, data):
        """A line behind the first."""
        if data is not None and list(data) == ["checkpoint"] and self.part is None:
            self.note(data["checkpoint"])
        elif (
            data is not None
            and [*data, "proof"][:5] == ["position", "kind", "size", "entry", "proof"]
            and len(data) < 6
        ):
            self.entry(data["position"], data["kind"], data["size"], data["entry"], data.get("proof"))
        else:
            self.wrong(self.next, "line")
            self.is_off = True

    # entries and their tree

    def entry(self, position, kind, size, text, proof):
        if type(position) is not int or type(size) is not int or not isinstance(text, str) or position < 0:
            self.wrong(self.next, "line")
            self.is_off = True
            return
        if position != self.next and (self.part is None or position < self.next):
            self.wrong(min(position, self.next), "order", self.next, position)
            self.is_off = True
        self.next = position + 1
        if self.part is None:
            self.tree.add(text.encode())
            if self.tree.size in self.kept:
                self.roots[self.tree.size] = self.tree.root()
            if self.due is None or position >= self.due:
                self.missing(self.due)
                self.due = size
        if not position < size <= self.size or self.due not in (None, size):
            self.wrong(position, "size", size)
        if proof is not None or self.part is not None:
            self.prove(position, text, proof)
        try:
            body = read_entry(text)
        except (ValueError, RecursionError):
            self.wrong(position, "canonical")
            return
        if body.get("kind") != kind or kind not in KEYS or sorted({*body, *SINCE.get(kind, ())}) != KEYS[kind].split():
            self.wrong(position, "kind", kind)
            return
        if (kind == "opened") != (position == 0):
            self.wrong(position, "first")
        try:
            getattr(self, kind)(position, body)
            if self.part is not None and size < self.size:
                self.must_sign = self.must_sign[-1:]  # the key before it signed checkpoints that a part does not have
            if "request" in body:
                asked = sha(canonical([body["scope"], kind, body["request"]]).encode())[:16]
                if asked in self.requests:
                    self.wrong(position, "request", body["request"])
                self.requests.add(asked)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
            self.wrong(position, "type")

    def missing(self, size):
        if size is not None:
            self.wrong(max(0, min(size, self.next) - 1), "missing", size)

    def prove(self, position, text, proof):
        try:
            hashes = [plain64(each) for each in proof]
            is_proved = root_by_proof(position, self.size, text.encode(), hashes) == self.note_[3]
        except (ValueError, TypeError, AttributeError):
            is_proved = False
        if not is_proved:
            self.wrong(position, "proof")

    def note(self, text):
        """A checkpoint among the entries: its root is that of all entries so far, and the keys of then signed it."""
        try:
            head, origin, size, root, signatures = read_note(text)
        except (ValueError, AttributeError):
            self.wrong(max(0, self.next - 1), "note")
            self.due = None
            return
        at = self.next if size > self.next else max(0, self.next - 1)
        if size != self.due or size != self.next:
            self.wrong(at, "misplaced", size)
        self.due, self.last = None, text
        self.checkpoints += 1
        found = self.tree.root()
        if size == self.tree.size and root == found:
            self.good, self.is_off = size, False
        elif not self.is_off:
            self.is_off = True
            if not any(each["position"] is not None and each["position"] >= self.good for each in self.findings):
                self.wrong(self.good, "root", self.good, max(size - 1, self.good))
        fingerprint = f"{self.origin}\n{self.tree.size}\n{base64.b64encode(found).decode()}\n"
        self.kept.pop(sha(fingerprint.encode()).hex(), None)
        if origin != self.origin:
            self.wrong(at, "log", origin)
        self.sign(at, head, size, signatures)

    def sign(self, at, head, size, signatures):
        wanted, self.must_sign = self.must_sign, self.must_sign[-1:]
        if not wanted:
            self.wrong(at, "no-key")
        if [each[:2] for each in signatures] != [each[:2] for each in wanted]:
            self.wrong(at, "signed", size)
        is_left_out = self.quick and len(wanted) == 1 and size != self.size
        for name, id_, key in wanted:
            found = [each[2] for each in signatures if each[:2] == (name, id_)]
            if not found or not (is_left_out or has_signed(key, head.encode(), found[0])):
                self.wrong(at, "signature", size, id_.hex())

    # each kind of entry

    def opened(self, position, body):
        if (body["origin"], body["scope"]) != (self.origin, self.scope):
            self.wrong(position, "opened")

    def key(self, position, body):
        key = read_key(body["key"])
        if key[0] != self.origin or body["replaces"] != (self.keys[-1] if self.keys else None):
            self.wrong(position, "key")
        self.keys.append(body["key"])
        self.must_sign.append(key)

    def text(self, position, body):
        if tomllib is not None and digest_of(body["content"]) != body["digest"]:
            self.wrong(position, "digest", body["path"])
        self.texts.add(body["digest"])

    def roster(self, position, body):
        if not all(SUBJECT.fullmatch(each) for each in body["subjects"]):
            self.wrong(position, "type")

    def erasure(self, position, body):
        if not SUBJECT.fullmatch(body["subject"]):
            self.wrong(position, "type")

    def determination(self, position, body):
        policy, basis, decision = body["receipt"]["policy"], body["receipt"]["basis"], body["decision"]
        wanted = [policy["digest"], policy["vocabulary"], policy["divisions"], basis["adoption"]["digest"]]
        for digest in wanted + [each["digest"] for each in basis["texts"]]:
            if digest not in self.texts:
                self.wrong(position, "text", digest)
        is_paid = decision == "determined"
        if decision not in ("determined", "nothing", "refused") or (not is_paid and Decimal(body["amount"])):
            self.wrong(position, "amount", decision, body["amount"])
        used = self.hold(position, body["policy"], body["caps"], True)
        if used and not is_paid:
            self.wrong(position, "unpaid")
        packed = b"".join(bucket + more.to_bytes(8, "big", signed=True) for bucket, more in used.items())
        self.heads[position] = (None, sys.intern(body["policy"]), body["amount"], packed, is_paid)

    def hold(self, position, policy, caps, is_determined):
        """What an entry uses of each cap: it begins where the entry before left it, and never comes above the most."""
        used = {}
        for each in caps:
            cap, before, after = each["cap"], each["before"], each["after"]
            bucket = sha(canonical([policy, cap, each["key"]]).encode())[:16]
            if self.part is None and self.buckets.get(bucket, 0) != before:
                self.wrong(position, "before", cap, self.buckets.get(bucket, 0), before)
            if after < 0 or (is_determined and before < after > each["most"]):
                self.wrong(position, "over", cap, after, each["most"])
            self.buckets[bucket] = after
            if after != before:
                used[bucket] = after - before
        return used

    def reversal(self, position, body):
        at = body["reverses"]
        if at in self.reversed:
            self.wrong(position, "reversed", at)
        self.reversed[at] = position
        if at not in self.heads:
            if self.part is None:
                self.wrong(position, "none", at)
            return
        settled, policy, amount, packed, _ = self.heads[at]
        parts = [packed[begin : begin + 24] for begin in range(0, len(packed), 24)]
        used = {each[:16]: int.from_bytes(each[16:], "big", signed=True) for each in parts}
        given = self.hold(position, policy, body["caps"], False)
        is_opposite = all(given.get(each, 0) == -more or not self.buckets[each] for each, more in used.items())
        if Decimal(body["amount"]) != -Decimal(amount) or set(given) - set(used) or not is_opposite:
            self.wrong(position, "opposite", at)
        if settled is not None:
            self.settled.get(settled[0], set()).discard(settled[1])
        elif self.settled.get(at):
            self.wrong(position, "released", at)

    def release(self, position, body):
        award, instalment = body["award"], body["release"]["instalment"]
        head = self.heads.get(award)
        if award in self.reversed or (self.part is None and not (head and head[4])):
            self.wrong(position, "award", award)
        if body["decision"] in ("paid", "lapses"):
            if instalment in self.settled.setdefault(award, set()):
                self.wrong(position, "settled", award, instalment)
            self.settled[award].add(instalment)
        self.heads[position] = ((award, instalment), "", body["amount"], b"", False)

    # the end

    def end(self):
        """What is known once there is no further line."""
        if self.part is None:
            self.missing(self.due)
            if self.next != self.size:
                self.wrong(min(self.next, self.size), "short", self.size, self.next)
            elif self.last != self.head:
                self.wrong(None, "last")
        elif self.note_:
            self.kept.pop(sha(self.note_[0].encode()).hex(), None)
            self.roots[self.size] = self.note_[3]
            self.sign(self.size - 1, self.note_[0], self.size, self.note_[4])
        matched = 0
        for size in sorted(each for each in self.kept if isinstance(each, int)):
            if self.roots.get(size) == self.kept[size]:
                matched = size
            else:
                self.wrong(matched if self.part is None else None, "kept", size)
        for fingerprint in (each for each in self.kept if isinstance(each, str)):
            self.wrong(None, "fingerprint", fingerprint)
        if self.trusted is not None and self.trusted not in self.keys:
            self.wrong(None, "other-key")

    def remarks(self, is_trusted):
        """What is not checked."""
        held = {"trust": not is_trusted, "part": self.part is not None, "python": tomllib is None, "quick": self.quick}
        return [REMARKS[each] for each in held if held[each]]


def lines_of(path):
    """The lines of an export, gzipped or not; an empty one where what was packed is damaged."""
    with open(path, "rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if is_gzip else raw
        try:
            yield from iter(lambda: file.readline(LONGEST), b"")
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield b""


def read_line(line):
    """A line as an object; None where it is none, or is not written in the one way in which it can be."""
    try:
        data = json.loads(line)
        written = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and written == line else None


def verify(path, kept, trusted, quick):
    """The verification of a file; None where it is no export."""
    found, began = Verification(kept, trusted, quick), time.monotonic()
    lines = lines_of(path)
    if not found.begin(read_line(next(lines, b""))):
        return None
    for number, line in enumerate(lines, start=2):
        found.line = number
        found.take(read_line(line))
        if number % 1000 == 0 and sys.stderr.isatty():
            rate = found.next / (time.monotonic() - began)
            left = max(0, found.size - found.next) / max(rate, 1)
            print(f"\r\033[K{found.next}/{found.size}  {rate:.0f}/s  {left:.0f} s", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    found.end()
    return found


def kept_of(given):
    """What somebody kept, as it is looked up: fingerprints, or the size and root of a checkpoint in a file."""
    if KEPT.fullmatch(given):
        return [(KEPT.fullmatch(given)[1], b"")]
    with open(given, encoding="utf-8-sig") as file:
        text = file.read()
    said = [each.strip() for each in text.splitlines() if each.strip() and not each.startswith("#")]
    listed = [KEPT.fullmatch(each) for each in said]  # as `subsidy audit fingerprint --append` writes them
    if said and all(listed):
        return [(each[1], b"") for each in listed]
    try:
        return [read_note(text)[2:4]]
    except (ValueError, IndexError):
        why = "neither fingerprints nor a checkpoint · 既没有指纹，也没有检查点"
        raise ValueError(f"{given}: {why}") from None


def report(found, remarks, first, is_zh):
    """What is said, line by line."""
    for each in found.findings:
        at, line = each["position"], each["line"]
        if is_zh:
            yield f"{'' if at is None else f'第 {at} 条'}（第 {line} 行）：{each['zh']}"
        else:
            yield f"{'' if at is None else f'entry {at} '}(line {line}): {each['en']}"
    yield from (f"注意：{zh}" if is_zh else f"note: {en}" for zh, en in remarks)
    at = ("", "") if first is None else (f"，最先在第 {first} 条", f", the first at entry {first}")
    if found.count:
        yield f"{found.count} 处有误{at[0]}" if is_zh else f"{found.count} wrong{at[1]}"
    else:
        size, notes = found.size, found.checkpoints
        yield (
            f"无误：{size} 条，{notes} 个检查点" if is_zh else f"nothing is wrong: {size} entries, {notes} checkpoints"
        )


def main():
    words = argparse.ArgumentParser(description="verifies an export of a ledger · 核验台账的导出件")
    words.add_argument("export", help="the export, or the export gzipped · 导出件，可以是 gzip")
    words.add_argument(
        "--against",
        action="append",
        default=[],
        help="what was kept: a fingerprint, a file of them or of a checkpoint · 保存的指纹、指纹清单或检查点文件",
    )
    words.add_argument("--key", help="a public key that was kept · 保存的公钥")
    words.add_argument(
        "--quick", action="store_true", help="check signatures where keys change and at the end · 少核签名"
    )
    words.add_argument("--json", action="store_true", help="print JSON · 输出 JSON")
    words.add_argument("--lang", choices=("zh", "en"), default=os.environ.get("SUBSIDY_LANG", "zh"))
    given = words.parse_args()
    try:
        if given.key is not None:
            read_key(given.key)
        found = verify(
            given.export, dict(each for some in given.against for each in kept_of(some)), given.key, given.quick
        )
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if found is None:
        why = "is no export of a ledger" if given.lang == "en" else "不是台账的导出件"
        print(f"{given.export}: {why} ({FORMAT})", file=sys.stderr)
        return 2
    first = min((each["position"] for each in found.findings if each["position"] is not None), default=None)
    remarks = found.remarks(given.against or given.key)
    if given.json:
        data = {"origin": found.origin, "size": found.size, "checkpoints": found.checkpoints, "part": found.part}
        data.update(first=first, count=found.count, findings=found.findings)
        data["remarks"] = [{"zh": zh, "en": en} for zh, en in remarks]
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        print("\n".join(report(found, remarks, first, given.lang == "zh")))
    return 1 if found.count else 0


if __name__ == "__main__":
    sys.exit(main())
