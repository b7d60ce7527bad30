# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The limited process in which a file is verified: this file run by its path, with pyHanko and without Odoo.

``worker`` is the other end. A message is a line of JSON that tells the sizes of the byte strings after
it; the answer is one line, with the message's token in place of the file's checksum. In between this end
may ask for a large revocation list: a line with ``want``, its digest, answered by such a message. A hostile
file ends this process, and harms nobody else.
"""

import importlib
import importlib.util
import json
import logging
import os
import resource
import sys
from functools import partial
from pathlib import Path

# Within the 8 that a caller waits at most for one file: the message and the end of the process take time too.
SECONDS = 7
MEMORY_BYTES = 512 * 1024 * 1024
# The channels, what asyncio opens for itself, and a module that is imported late.
FILES_MAX = 32
PACKAGE = "dvc_signing"


def _load(module: str):
    """Return a sibling module: this folder as a package of its own, without the addon above it."""
    if PACKAGE not in sys.modules:
        folder = Path(__file__).resolve().parent
        specification = importlib.util.spec_from_file_location(
            PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        package = importlib.util.module_from_spec(specification)
        sys.modules[PACKAGE] = package
        specification.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.{module}")


def _limit(kind: int, wanted: int) -> None:
    """Lower a limit, within what the server itself may use."""
    _soft, hard = resource.getrlimit(kind)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (limit, limit))


def _limit_for_one() -> None:
    """Give the next check its processor time, on top of what was used before, within what the server may use."""
    wanted, (_soft, hard) = int(sum(os.times()[:2])) + SECONDS + 1, resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _read_trust(source, header: dict, trust):
    """Return whom to trust, from the message's last byte strings."""
    parts = iter([source.read(size) for size in header["sizes"][2:]])
    lists = {name: [next(parts) for _number in range(count)] for name, count in header["counts"].items()}
    lists["kept"] = [trust.KeptList(digest, next(parts), partial(_ask_list, digest)) for digest in header["kept"]]
    return trust.Trust(**lists)


def _ask_list(digest: str) -> bytes:
    """Return a list of the store, which the server sends while a file is checked."""
    sys.stdout.buffer.write(json.dumps({"want": digest}).encode() + b"\n")
    sys.stdout.buffer.flush()
    source = sys.stdin.buffer
    return b"".join(source.read(size) for size in json.loads(source.readline())["sizes"])


def _serve() -> None:
    logging.disable(logging.CRITICAL)
    verify, trust, confinement = _load("verify"), _load("trust"), _load("confinement")
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, FILES_MAX)
    confinement.confine()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(b"ready\n")
    sink.flush()
    for line in source:
        header = json.loads(line)
        data, signed = [source.read(size) for size in header["sizes"][:2]]
        trusted = _read_trust(source, header, trust)
        _limit_for_one()
        answer = verify.verify_bytes(data, header["filename"], trusted, signed=signed, sha256=header.get("token", ""))
        sink.write(json.dumps(answer).encode() + b"\n")
        sink.flush()


if __name__ == "__main__":
    _serve()
