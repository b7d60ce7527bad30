# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The examples that the README shows, run as their readers run them."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("example", ["journey.py", "journey_json2.py"])
def test_example_goes_to_its_end(checkout, caller, example):
    done = subprocess.run(
        [sys.executable, str(checkout / "examples" / example)], capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The journey is complete" in done.stdout


def test_examples_stay_short(checkout):
    for example in ("journey.py", "journey_json2.py"):
        assert len((checkout / "examples" / example).read_text().splitlines()) < 150
