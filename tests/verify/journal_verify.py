#!/usr/bin/python3
"""Verify a Lynchpin journal with nothing of Lynchpin's: written from doc/journal-format.md alone.

    journal_verify.py STORE [--checkpoint FILE] [--key HEX]

Prints what is wrong, one line each, and ends with 1 if anything is.
"""
import argparse
import calendar
import functools
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

MEMBERS = {"act", "body", "number", "post", "prev", "site", "time", "user", "v"}
CHECKPOINT = {"checkpoint", "hash", "key", "number", "seal", "site", "taken", "time"}
HEX64 = re.compile(r"[0-9a-f]{64}\Z")
SITE = re.compile(r"[0-9a-f]{16}\Z")
STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z\Z")


class Wrong(Exception):
    pass


def blake(b):
    return hashlib.blake2b(b, digest_size=32).digest()


def number_text(x):
    """ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20)."""
    if isinstance(x, int):
        x = float(x)
    if x == 0:
        return "0"
    sign = "-" if x < 0 else ""
    mantissa, _, exponent = repr(abs(x)).partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    digits = (whole + part).lstrip("0")
    n = int(exponent or 0) + len(whole)
    if whole == "0":
        n -= 1 + len(part) - len(part.lstrip("0"))
    digits = digits.rstrip("0") or "0"
    k = len(digits)
    if k <= n <= 21:
        return sign + digits + "0" * (n - k)
    if 0 < n <= 21:
        return sign + digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return sign + "0." + "0" * -n + digits
    e = n - 1
    return sign + digits[0] + ("." + digits[1:] if k > 1 else "") + "e" + ("+" if e > 0 else "-") + str(abs(e))


def canonical(v):
    if isinstance(v, dict):
        keys = sorted(v, key=lambda s: s.encode("utf-16-be"))
        return "{" + ",".join(canonical(k) + ":" + canonical(v[k]) for k in keys) + "}"
    if isinstance(v, list):
        return "[" + ",".join(canonical(e) for e in v) + "]"
    if isinstance(v, bool) or v is None or isinstance(v, str):
        return json.dumps(v, ensure_ascii=False)
    return number_text(v)


def no_twins(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise Wrong("a member twice")
    return dict(pairs)


def parse(raw):
    try:
        v = json.loads(raw.decode("utf-8"), object_pairs_hook=no_twins)
        again = canonical(v).encode("utf-8")
    except (ValueError, RecursionError, OverflowError) as e:
        raise Wrong("not JSON: %s" % e)
    if again != raw:
        raise Wrong("not canonical")
    return v


def stamp_ms(s):
    m = STAMP.match(s)
    if not m:
        raise Wrong("not a time: %r" % s)
    try:
        t = time.strptime(m.group(1), "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise Wrong("not a time: %r" % s)
    return calendar.timegm(t) * 1000 + int(m.group(2))


def need(ok, what):
    if not ok:
        raise Wrong(what)


def read_text(raw):
    """Section 2."""
    need(len(raw) <= 1 << 20, "too long")
    r = parse(raw)
    need(isinstance(r, dict) and set(r) == MEMBERS, "not the nine members")
    need(type(r["v"]) is int and r["v"] == 1, "v")
    need(type(r["number"]) is int and 1 <= r["number"] <= 1 << 53, "number")
    need(isinstance(r["body"], dict), "body")
    for name, least in (("act", 1), ("post", 1), ("user", 0)):
        need(isinstance(r[name], str) and least <= len(r[name].encode()) <= 256, name)
    need(isinstance(r["prev"], str) and HEX64.match(r["prev"]), "prev")
    need(isinstance(r["site"], str) and SITE.match(r["site"]), "site")
    need(isinstance(r["time"], str), "time")
    stamp_ms(r["time"])
    return r


def digests(body, member):
    v = body.get(member, [])
    v = v if isinstance(v, list) else [v]
    for d in v:
        need(isinstance(d, str) and HEX64.match(d), "%s is not a digest" % member)
    return [bytes.fromhex(d) for d in v]


@functools.lru_cache(maxsize=65536)
def sealed_by(key, message, seal):
    try:
        VerifyKey(key).verify(message, seal)
        return True
    except (BadSignatureError, ValueError, TypeError):
        return False


def as_bytes(v):
    return v.encode("utf-8", "surrogateescape") if isinstance(v, str) else bytes(v or b"")


class Verifier:
    def __init__(self, db, checkpoint=None, key=None, unpack=True):
        self.unpack = unpack and shutil.which("zstd")
        self.db, self.faults = db, []
        self.db.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
        self.known = bytes.fromhex(key) if key else None
        self.checkpoint = self.read_checkpoint(checkpoint) if checkpoint else None
        self.cited, self.pruned = {}, set()

    def fault(self, number, what):
        self.faults.append(("record %s: %s" % (number, what)) if number else what)

    def read_checkpoint(self, line):
        """Section 5."""
        c = parse(line.strip().encode())
        need(isinstance(c, dict) and set(c) == CHECKPOINT and c["checkpoint"] == 1, "checkpoint's members")
        key = bytes.fromhex(c["key"])
        need(blake(key).hex()[:16] == c["site"], "checkpoint's site is not its key's")
        rest = {k: v for k, v in c.items() if k != "seal"}
        message = b"lynchpin checkpoint 1\n" + canonical(rest).encode()
        need(sealed_by(key, message, bytes.fromhex(c["seal"])), "checkpoint's seal")
        return c

    def keys(self):
        rows = self.db.execute("SELECT site, public_key, own FROM journal_site").fetchall()
        if rows and sum(1 for r in rows if r[2]) != 1:
            self.fault(0, "not exactly one site is this store's own")
        out = {}
        for site, key, own in rows:
            if len(key) != 32 or blake(key).hex()[:16] != site:
                self.fault(0, "site %s: not its key" % site)
            if own and self.known and key != self.known:
                self.fault(0, "site %s: not the known key" % site)
            if self.checkpoint and self.checkpoint["site"] == site and key.hex() != self.checkpoint["key"]:
                self.fault(0, "site %s: not the checkpoint's key" % site)
            out[site] = bytes(key)
        return out

    def record(self, row, key, prev, last_ms):
        """Section 6, 2 to 7.  Gives the hash that the next must carry, and the time."""
        site, number, ms, stored_hash, seal, text = row
        raw, seal, stored_hash = as_bytes(text), as_bytes(seal), as_bytes(stored_hash)
        h = blake(raw)
        good = key is not None and sealed_by(key, b"lynchpin record 1\n" + h, seal)
        if h != stored_hash:
            self.fault(number, "hash")
        if not good:
            self.fault(number, "seal")
        try:
            r = read_text(raw)
            if (r["site"], r["number"], stamp_ms(r["time"])) != (site, number, ms):
                self.fault(number, "columns differ from the text (of record %d)" % r["number"])
            if prev is not None and r["prev"] != prev.hex():
                self.fault(number, "prev")
            if stamp_ms(r["time"]) < last_ms:
                self.fault(number, "time runs backwards")
            last_ms = stamp_ms(r["time"])
            for d in digests(r["body"], "bulk"):
                self.cited.setdefault(d, number)
            if r["act"] == "journal.prune":
                self.pruned.update(digests(r["body"], "bulk_pruned"))
        except Wrong as e:
            self.fault(number, "text: %s" % e)
        c = self.checkpoint
        if c and c["site"] == site and c["number"] == number and c["hash"] != h.hex():
            self.fault(number, "not the one that the checkpoint saw")
        return (h if good else stored_hash), last_ms

    def records(self):
        keys, site, reached = self.keys(), None, {}
        query = "SELECT site, number, stamped_ms, hash, seal, text FROM journal_record ORDER BY site, number"
        for row in self.db.execute(query):
            if row[0] != site:
                site, expected, last_ms = row[0], 1, -(1 << 63)
                prev = blake(keys[site]) if site in keys else None
                if site not in keys:
                    self.fault(row[1], "no key of site %s" % site)
            if row[1] != expected:
                self.fault(expected, "missing, up to record %d" % row[1])
            expected = row[1] + 1
            prev, last_ms = self.record(row, keys.get(site), prev, last_ms)
            reached[site] = row[1]
        c = self.checkpoint
        if c and reached.get(c["site"], 0) < c["number"]:
            self.fault(reached.get(c["site"], 0) + 1, "cut off: the checkpoint saw %d" % c["number"])

    def bulk(self):
        for digest, number in self.cited.items():
            row = self.db.execute("SELECT bytes, parts, pruned_number FROM journal_bulk WHERE digest = ?",
                                  (digest,)).fetchone()
            if not row:
                self.fault(number, "bulk %s is missing" % digest.hex())
            elif row[2] is not None:
                if digest not in self.pruned:
                    self.fault(number, "bulk %s was taken out, and no record says so" % digest.hex())
            else:
                self.parts(digest, number, row)

    def parts(self, digest, number, row):
        parts = self.db.execute("SELECT part, zstd FROM journal_bulk_part WHERE digest = ? ORDER BY part",
                                (digest,)).fetchall()
        if [p for p, _ in parts] != list(range(row[1])):
            self.fault(number, "bulk %s lacks a part" % digest.hex())
        elif self.unpack:
            stream = b"".join(z for _, z in parts)
            raw = subprocess.run(["zstd", "-dc"], input=stream, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL).stdout if parts else b""
            if len(raw) != row[0] or blake(raw) != digest:
                self.fault(number, "bulk %s is not what its digest says" % digest.hex())

    def run(self):
        self.records()
        self.bulk()
        return self.faults


def main():
    p = argparse.ArgumentParser()
    p.add_argument("store")
    p.add_argument("--checkpoint")
    p.add_argument("--key")
    a = p.parse_args()
    checkpoint = open(a.checkpoint).read() if a.checkpoint else None
    try:
        db = sqlite3.connect("file:%s?mode=ro" % a.store, uri=True)
        faults = Verifier(db, checkpoint, a.key).run()
    except Wrong as e:
        sys.exit(str(e))
    for line in faults:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
