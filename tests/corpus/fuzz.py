# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Flip bytes and mutate good files at random: ``python -m corpus.fuzz [--mutants 5000] [--seed 1] [--minutes 10]``.

A mutant may be ``valid`` or ``amended`` only where nothing but uncovered, undisplayed bytes differ.
"""

import argparse
import collections
import random
import re
import resource
import signal
import sys
import time
from pathlib import Path

from . import bases, byhand, signing
from .attack_shadow import hybrid
from .case import SIGNED, say
from .pki import World
from .run import trust_module, verify_module
from .viewers import differing, shown

HOLE = re.compile(rb"<[0-9a-fA-F]{3000,}>")
TOKENS = (
    b"obj",
    b"endobj",
    b"stream",
    b"endstream",
    b"xref",
    b"trailer",
    b"startxref",
    b"%%EOF",
    b"<<",
    b">>",
    b"[",
    b"]",
    b"/Root",
    b"/Prev 9",
    b"/Size 3",
    b"/Length 5",
    b"/Kids",
    b"/Contents",
    b"/ByteRange [",
    b"/V 1 0 R",
    b"/Type /XRef",
    b"1 0 R",
    b"5 0 R",
    b"null",
    b"true",
    b"-1",
    b"99999999999",
    b"(",
    b")",
    b"<",
    b">",
    b"\0",
    b"\r",
    b"%",
    b"/AcroForm",
)


def seeds(world):
    """Return good signed files by name."""
    stamper = world.tsa.timestamper()
    archive = signing.context(world)
    return {
        "plain": signing.sign(bases.plain(), world.citizen),
        "packed": signing.sign(bases.packed(), world.citizen),
        "cms": byhand.sign(bases.plain(), byhand.plain(world.citizen)),
        "hybrid": signing.sign(hybrid(bases.parts()), world.citizen),
        "stamped": signing.sign(bases.plain(), world.citizen, stamper=stamper),
        "archived": signing.sign(bases.plain(), world.citizen, stamper=stamper, context=archive),
        "lta": signing.sign(bases.packed(), world.citizen, stamper=stamper, context=archive, use_pades_lta=True),
        "two": signing.sign(signing.sign(bases.drawn(2), world.leader), world.seal),
        "visible": signing.sign(bases.plain(), world.citizen, box=(50, 50, 100, 100)),
        "form": signing.sign(bases.with_form(seen=False), world.citizen),
        "chromium_like": signing.sign(bases.compressed(bases.parts(o7=b"<< /S /P >>"), {1, 2, 3, 4, 7}), world.citizen),
    }


def holes(data):
    """Return the places that no digest covers: the signatures' own digits, less what other signatures cover."""
    return [found.span() for found in HOLE.finditer(data)]


def mutate(rng, data, others):
    """Return a mutant and what was done."""
    out, kind = (
        bytearray(data),
        rng.choice(
            ("byte", "bit", "insert", "delete", "copy", "swap", "token", "number", "append", "splice", "revision")
        ),
    )
    place = rng.randrange(len(out))
    if kind == "byte":
        out[place] = rng.randrange(256)
    elif kind == "bit":
        out[place] ^= 1 << rng.randrange(8)
    elif kind == "insert":
        out[place:place] = rng.randbytes(rng.choice((1, 2, 8, 60)))
    elif kind == "delete":
        del out[place : place + rng.choice((1, 2, 8, 60, 900))]
    elif kind == "copy":
        start = rng.randrange(len(out))
        out[place:place] = out[start : start + rng.randrange(1, 400)]
    elif kind == "swap":
        size = rng.randrange(1, 30)
        start = rng.randrange(len(out))
        piece, other = bytes(out[place : place + size]), bytes(out[start : start + size])
        if len(piece) == len(other):
            out[place : place + size], out[start : start + size] = other, piece
    elif kind == "token":
        token = rng.choice(TOKENS)
        out[place : place + len(token)] = token
    elif kind == "number":
        found = list(re.finditer(rb"\d+", bytes(out[:2000] + out[-2500:])))
        numbers = [
            one for one in re.finditer(rb"\b\d{1,6}\b", data) if one.start() < 3000 or one.start() > len(data) - 3000
        ]
        if numbers and found:
            one = rng.choice(numbers)
            out[one.start() : one.end()] = b"%d" % rng.choice(
                (0, 1, 2, 5, 9, 65535, int(one[0]) + 1, max(int(one[0]) - 1, 0))
            )
    elif kind == "append":
        out += rng.choice(
            (rng.randbytes(9), b"\n5 0 obj\n(x)\nendobj\n", b"%%EOF\n", bytes(out[-rng.randrange(1, 3000) :]))
        )
    elif kind == "splice":
        other = rng.choice(others)
        cut = rng.randrange(len(other))
        out[place:] = other[cut:]
    else:
        from . import revision

        number = rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
        try:
            body = revision.body_of(bytes(out), number)
        except IndexError:
            body = b"<< >>"
        changed = bytearray(body)
        where = rng.randrange(len(changed) or 1)
        changed[where : where + 1] = rng.choice(TOKENS)
        try:
            out = bytearray(revision.append(bytes(out), {number: bytes(changed)}))
        except (IndexError, ValueError):
            pass
    return bytes(out), kind


def differs_where_it_counts(data, mutant) -> bool:
    """Tell whether more than uncovered digits and the white space after the end differ."""
    if len(mutant) != len(data):
        short, long = sorted((data, mutant), key=len)
        return not (long.startswith(short) and not long[len(short) :].strip(b"\r\n \t\0\x0c"))
    different = [place for place in range(len(data)) if data[place] != mutant[place]]
    spans = holes(data)
    return any(not any(start <= place < end for start, end in spans) for place in different)


class Late(Exception):
    """A check took too long."""


def _late(*_args):
    raise Late


def check(data, trust):
    """Return (verdict, seconds, answer)."""
    start = time.monotonic()
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(9)
    try:
        answer = verify_module.verify_bytes(data, "file.pdf", trust)
        verdict = answer["verdict"]
    except Late:
        verdict, answer = "LATE", None
    except Exception as error:  # noqa: BLE001
        verdict, answer = f"EXCEPTION {type(error).__name__}: {error}"[:120], None
    finally:
        signal.alarm(0)
    return verdict, time.monotonic() - start, answer


def run(mutants, minutes, seed, keep, flips=200):
    rng, world = random.Random(seed), World()
    trust, files = world.trust(trust_module), seeds(world)
    counts, problems, honest, pictures = collections.Counter(), [], collections.Counter(), {}
    Path(keep).mkdir(parents=True, exist_ok=True)

    def note(label, mutant, verdict, seconds, what, counts_where):
        seen = []
        if verdict in SIGNED and counts_where:
            now = shown(mutant)
            seen = differing(pictures.setdefault(label, shown(files[label])), now)
            seen = [name for name in seen if now[name] != "failed"]
            honest[label, what, "shown the same" if not seen else "SHOWN"] += 1
        counts[verdict if not verdict.startswith("EXC") else "EXCEPTION"] += 1
        if verdict in SIGNED and not counts_where:
            honest[label, what] += 1
        if seen or verdict.startswith(("EXC", "LATE")) or seconds > 8:
            path = Path(keep) / f"{label}_{what}_{len(problems)}.pdf"
            path.write_bytes(mutant)
            problems.append((verdict, what, f"{seconds:.1f}s", str(path), seen))
            say("PROBLEM", problems[-1])

    for label, data in files.items():
        verdict, _seconds, _answer = check(data, trust)
        if verdict not in SIGNED:
            say("SEED NOT VALID", label, verdict)
    for label, data in files.items():
        for _number in range(flips):
            place = rng.randrange(len(data))
            mutant = bytearray(data)
            mutant[place] ^= 1 << rng.randrange(8)
            verdict, seconds, _answer = check(bytes(mutant), trust)
            note(label, bytes(mutant), verdict, seconds, "flip", differs_where_it_counts(data, bytes(mutant)))
    say("after flips", dict(counts))
    end, names = time.monotonic() + minutes * 60, list(files)
    for _number in range(mutants):
        if time.monotonic() > end:
            break
        label = rng.choice(names)
        mutant, what = mutate(rng, files[label], list(files.values()))
        if mutant == files[label]:
            continue
        verdict, seconds, _answer = check(mutant, trust)
        note(label, mutant, verdict, seconds, what, differs_where_it_counts(files[label], mutant))
    say("all", dict(counts), "sum", sum(counts.values()))
    say("honest", dict(honest))
    say("peak MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "problems", len(problems))
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=5000)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default="/tmp/fuzz_files")
    options = parser.parse_args()
    return bool(run(options.mutants, options.minutes, options.seed, options.keep, options.flips))


if __name__ == "__main__":
    sys.exit(main())
