# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Run the benchmarks: ``run.py [standardize] [submit] [board] [ledger] [verify] [sign] [--rounds N] [--json FILE]``."""

import argparse
import json
from pathlib import Path

import board
import ledger
import sign
import standardize
import submit
import verify

QUESTIONS = {
    "standardize": standardize,
    "submit": submit,
    "ledger": ledger,
    "board": board,
    "verify": verify,
    "sign": sign,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="*", choices=[*QUESTIONS, []], help="all of them when none is named")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path, help="keep the answers in a file, for a later comparison")
    options = parser.parse_args()
    answers = {}
    for name in options.questions or QUESTIONS:
        module = QUESTIONS[name]
        print(f"{name}: {module.__doc__}")
        answers[name] = module.measure(options.rounds)
        print(json.dumps(answers[name], indent=2, ensure_ascii=False))
    if options.json:
        options.json.write_text(json.dumps(answers, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
