# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Mutate only what an attacker appends: ``python -m corpus.fuzz_revisions [--mutants 3000] [--minutes 8]``.

Each start is a signed file with an evil revision behind it that is refused. Its mutants are asked
for ones that are accepted, and of these for ones that a viewer shows differently.
"""

import argparse
import collections
import random
import sys
import time
from pathlib import Path

from . import bases, revision, signing
from .attack_parsers import raw_revision, row
from .attack_shadow import hybrid
from .attack_structure import with_hybrid
from .case import SIGNED, say
from .fuzz import check
from .pki import World
from .run import trust_module
from .viewers import differing, shown

OTHER = bases.stream(bases.content(bases.OTHER))
PIECES = (
    b"/Root 1 0 R ",
    b"/Root 200 0 R ",
    b"/Prev 0 ",
    b"/Size 3 ",
    b"/Size 999 ",
    b"%",
    b"%\n",
    b"\n",
    b"\r",
    b" ",
    b"\0",
    b"trailer\n<< /Root 1 0 R >>\n",
    b"xref\n0 0\n",
    b"5 1\n",
    b"0 1\n0000000000 65535 f \n",
    b"<< >>",
    b">>",
    b"<<",
    b"(",
    b")",
    b"endobj\n",
    b"5 0 obj\n",
    b"5 1 obj\n",
    b"startxref\n9\n",
    b"/XRefStm 9 ",
    b"/Type /XRef ",
    b"/Type /ObjStm ",
    b"#35",
    b"+",
    b"-",
    b"0",
    b"00",
    b"1",
    b".0",
    b"/Index [5 1] ",
    b"/W [1 4 1] ",
    b"/Length 9 ",
    b"null ",
    b"f",
    b"n",
    b"R",
    b"obj",
    b"stream\n",
)


def starts(world):
    """Return (signed length, evil file) by name."""
    found = {}
    for label, base in {"table": bases.plain(), "stream": bases.packed(), "hybrid": hybrid(bases.parts())}.items():
        signed = signing.sign(base, world.leader)
        old = signed.index(b"5 0 obj")
        root, page = revision.body_of(signed, 1), revision.body_of(signed, 3)
        new_root = {
            200: root.replace(b"/Pages 2 0 R", b"/Pages 201 0 R"),
            201: b"<< /Type /Pages /Kids [202 0 R] /Count 1 >>",
            202: page.replace(b"5 0 R", b"203 0 R"),
            203: OTHER,
        }
        evil = {
            "content": revision.append(signed, {5: OTHER}),
            "content_stream": revision.append_stream(signed, {5: OTHER}, revision.size(signed)),
            "page": revision.append(signed, {3: page.replace(b"5 0 R", b"203 0 R"), 203: OTHER}),
            "root": revision.append(signed, new_root, told_root=b"200 0 R"),
            "hidden": revision.append(signed, {}, hidden={5: OTHER}),
            "twice": raw_revision(
                signed, [(5, OTHER)], lambda p, old=old: b"5 1\n" + row(old) + b"5 1\n" + row(p[5][0])
            ),
            "generation": revision.append(signed, {5: OTHER}, generations={5: 1}),
            "hybrid": with_hybrid(signed),
            "stamped": signing.stamp(signed, world.rogue_tsa),
        }
        found |= {f"{label}_{name}": (len(signed), signed, data) for name, data in evil.items()}
    return found


def mutate(rng, data, start):
    """Return the file with its tail spoilt in one to three places."""
    out = bytearray(data)
    for _number in range(rng.choice((1, 1, 2, 3))):
        place, kind = rng.randrange(start, len(out)), rng.randrange(7)
        if rng.random() < 0.6:
            place = max(start, len(out) - rng.randrange(1, 260))
        if kind == 0:
            out[place : place + 1] = rng.choice(PIECES)
        elif kind == 1:
            out[place:place] = rng.choice(PIECES)
        elif kind == 2:
            del out[place : place + rng.choice((1, 1, 2, 5, 20))]
        elif kind == 3:
            out[place] = rng.randrange(256)
        elif kind == 4:
            words = [
                w
                for w in (
                    b"/Root",
                    b"/Prev",
                    b"/Size",
                    b"xref",
                    b"trailer",
                    b"startxref",
                    b"obj",
                    b"endobj",
                    b" n ",
                    b"00000",
                    b"/Length",
                    b"/Contents",
                )
                if w in out[start:]
            ]
            word = rng.choice(words or [b"obj"])
            at = out.rfind(word) if rng.random() < 0.5 else out.find(word, start)
            out[at : at + len(word)] = rng.choice(
                (
                    word * 2,
                    word + b" ",
                    word.upper(),
                    b"%" + word,
                    word[:-1],
                    word + b"\0",
                    b" " + word,
                    b"#" + word,
                    word + b"%\n",
                )
            )
        elif kind == 5:
            size = rng.randrange(5, 80)
            out[place:place] = out[place - size : place]
        else:
            digits = [at for at in range(start, len(out)) if 48 <= out[at] <= 57]
            out[rng.choice(digits)] = rng.choice(b"0123456789")
    return bytes(out)


def run(mutants, minutes, seed, keep):
    rng, world = random.Random(seed), World()
    trust, files = world.trust(trust_module), starts(world)
    counts, problems, pictures = collections.Counter(), [], {}
    Path(keep).mkdir(parents=True, exist_ok=True)
    end, names = time.monotonic() + minutes * 60, list(files)
    for _number in range(mutants):
        if time.monotonic() > end:
            break
        label = rng.choice(names)
        start, signed, evil = files[label]
        mutant = mutate(rng, evil, start)
        verdict, seconds, _answer = check(mutant, trust)
        counts[verdict[:9]] += 1
        seen = []
        if verdict in SIGNED:
            now = shown(mutant)
            seen = differing(pictures.setdefault(label, shown(signed)), now)
            seen = [name for name in seen if now[name] != "failed"]
        if seen or verdict.startswith(("EXC", "LATE")) or seconds > 8:
            path = Path(keep) / f"revision_{label}_{len(problems)}.pdf"
            path.write_bytes(mutant)
            problems.append((verdict, label, seen, str(path)))
            say("PROBLEM", problems[-1])
    say(dict(counts), "sum", sum(counts.values()), "problems", len(problems))
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default="/tmp/fuzz_files")
    options = parser.parse_args()
    return bool(run(options.mutants, options.minutes, options.seed, options.keep))


if __name__ == "__main__":
    sys.exit(main())
