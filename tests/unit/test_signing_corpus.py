# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A part of the corpus of good, attacked and hostile files; the whole of it: ``python -m corpus.run`` in ``tests/``."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
if str(TESTS) not in sys.path:
    sys.path.append(str(TESTS))

from corpus import case as cases  # noqa: E402
from corpus import run  # noqa: E402
from corpus.pki import World  # noqa: E402

run.load_makers()
SLOW = {
    "loops",
    "rewritten",
    "archives",
    "rebuilt",
    "profiles",
    "shapes",
    "several",
    "bombs",
    "depth",
    "many",
    "cut",
    "chains",
    "java",
    "scripts",
    "nss",
    "odoo",
}
# Where each case takes little, all are looked at; else every nth.
EVERY = {
    "forged_chains": 5,
    "universal": 5,
    "saving": 3,
    "odd_tables": 4,
    "archives": 8,
    "profiles": 8,
    "stamps": 3,
    "forged_proof": 4,
    "rebuilt": 14,
    "kinds": 4,
    "starts": 3,
    "attributes": 2,
    "certified": 2,
    "forms": 2,
    "after": 2,
    "by_hand": 2,
}
MAKERS = [
    pytest.param(make, id=f"{kind}.{make.__name__}")
    for kind, makers in cases.MAKERS.items()
    for make in makers
    if make.__name__ not in SLOW
]


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def pool():
    found = run.pool_module.Pool(1)
    yield found
    found.stop()


@pytest.mark.parametrize("make", MAKERS)
def test_verdicts(make, world, pool):
    found = [one for number, one in enumerate(make(world)) if number % EVERY.get(make.__name__, 1) == 0]
    wrong = {one.name: problem for one in found if (problem := run.wrong(one, *run.judge(one, world, pool)))}
    assert found or "foreign" in make.__module__
    assert not wrong
