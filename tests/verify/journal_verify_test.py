#!/usr/bin/python3
"""Make a journal, verify it independently, flip every byte of every record and see each named."""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import journal_verify as jv

COLUMNS = ("site", "number", "stamped_ms", "hash", "seal", "text")


def variants(value):
    """The value with each of its bytes, or bits, changed."""
    if isinstance(value, int):
        for bit in range(62):
            yield value ^ 1 << bit
        return
    raw = jv.as_bytes(value)
    for i in range(len(raw)):
        yield raw[:i] + bytes([raw[i] ^ 1 << i % 8]) + raw[i + 1:]
    yield raw[:-1]


def faults(db, **more):
    return jv.Verifier(db, **more).run()


def flip_all(db):
    """How many flips were made; fails at the first that is not found and named."""
    rows = db.execute("SELECT %s FROM journal_record" % ",".join(COLUMNS)).fetchall()
    numbers, made = {r[1] for r in rows}, 0
    for row in rows:
        for at, column in enumerate(COLUMNS):
            for value in variants(row[at]):
                if column == "number" and value in numbers:
                    continue
                # A text column keeps text: bytes go in as they are and are told to be text.
                place = "CAST(? AS TEXT)" if column in ("site", "text") else "?"
                db.execute("UPDATE journal_record SET %s = %s WHERE number = ?" % (column, place), (value, row[1]))
                said = faults(db, unpack=False)
                if not any(re.search(r"record %d\b" % row[1], s) for s in said):
                    raise SystemExit("not named: %s of record %d = %r: %s" % (column, row[1], value, said))
                db.rollback()
                made += 1
    return made


class Tap:
    n = 0
    bad = 0

    def __call__(self, ok, name):
        Tap.n += 1
        Tap.bad += not ok
        print("%s %d - %s" % ("ok" if ok else "not ok", Tap.n, name))


def numbers_are_ecmascripts(ok):
    # RFC 8785, appendix B.
    table = {0.0: "0", 5e-324: "5e-324", 1.7976931348623157e308: "1.7976931348623157e+308",
             9007199254740992.0: "9007199254740992", 295147905179352830000.0: "295147905179352830000",
             9.999999999999997e22: "9.999999999999997e+22", 1e23: "1e+23", 999999999999999700000.0:
             "999999999999999700000", 1e21: "1e+21", 9.999999999999997e-7: "9.999999999999997e-7", 0.000001: "0.000001",
             333333333.3333332: "333333333.3333332", -0.0000033333333333333333: "-0.0000033333333333333333",
             1424953923781206.2: "1424953923781206.2", 0.1: "0.1", 10.25: "10.25"}
    ok(jv.number_text(-0.0) == "0", "minus zero is zero")
    ok(all(jv.number_text(x) == s for x, s in table.items()), "numbers as RFC 8785 appendix B has them")


def main(make_journal):
    ok = Tap()
    numbers_are_ecmascripts(ok)
    with tempfile.TemporaryDirectory(prefix="lynchpin-verify-") as folder:
        path = os.path.join(folder, "lynchpin.db")
        checkpoint = subprocess.run([make_journal, path], stdout=subprocess.PIPE, check=True).stdout.decode()
        db = sqlite3.connect(path)
        db.execute("PRAGMA synchronous=OFF")
        said = faults(db, checkpoint=checkpoint)
        ok(not said, "a journal of ours verifies %s" % said)
        records = db.execute("SELECT count(*) FROM journal_record").fetchone()[0]
        made = flip_all(db)
        ok(records == 9 and made > 3000, "%d flips in %d records found and named" % (made, records))
        ok(not faults(db, checkpoint=checkpoint), "and it verifies again")
        db.execute("UPDATE journal_bulk_part SET zstd = zeroblob(9) WHERE part = 1")
        db.execute("DELETE FROM journal_bulk_part WHERE part = 1")
        ok(any("record 6" in s for s in faults(db)), "missing bulk is named by its record")
        db.rollback()
        db.execute("DELETE FROM journal_record WHERE number = 9")
        db.execute("UPDATE journal_bulk SET pruned_site = NULL, pruned_number = NULL, parts = 0, bytes = 0 "
                   "WHERE pruned_number IS NOT NULL")
        ok(any("record 9: cut off" in s for s in faults(db, checkpoint=checkpoint)), "a checkpoint tells of a cut tail")
        db.rollback()
        ok(bool(faults(db, key="00" * 32)), "another key than the known one is found")
        db.close()
    print("1..%d" % Tap.n)
    return 1 if Tap.bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
