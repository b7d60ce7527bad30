# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What the test layers counted, and what the server had to say meanwhile."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

LOG_LINE = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) (\S+) (\S+): (.*)")
# What other parts of Odoo log on purpose while refusals are tested, and PostgreSQL's retried conflicts.
EXPECTED_LOGGERS = ("odoo.http", "odoo.sql_db", "odoo.service", "werkzeug", "odoo.addons.rpc", "odoo.tests")
COMPLAINTS_SHOWN = 10


@dataclass
class Score:
    """The counts of one layer, or of all of them."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    complaints: list[str] = field(default_factory=list)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.complaints + other.complaints,
        )

    def fail(self, complaint: str) -> None:
        self.failed += 1
        self.complaints.append(complaint)

    def add_junit(self, report: Path) -> None:
        """Count what pytest reported."""
        if not report.exists():
            self.fail(f"{report.stem}: ended without a report")
            return
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            self.failed += bad
            self.skipped += skipped
            self.passed += max(int(suite.get("tests", 0)) - bad - skipped, 0)

    def add_log(self, layer: str, log: Path) -> None:
        """Count each warning or error of a server's log as a failure: one that a test expects is not logged."""
        if not log.exists():
            return
        found = [line for line in map(LOG_LINE.match, log.read_text(errors="replace").splitlines()) if line]
        logged = [line for line in found if not line[3].startswith(EXPECTED_LOGGERS)]
        for line in logged[:COMPLAINTS_SHOWN]:
            self.fail(f"{layer}: logged {line[1]} {line[3]}: {line[4][:200]}")
        if len(logged) > COMPLAINTS_SHOWN:
            self.fail(f"{layer}: … and {len(logged) - COMPLAINTS_SHOWN} more such lines in {log}")

    def closing_line(self, seconds: float) -> str:
        minutes, rest = divmod(int(seconds), 60)
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"DVC TESTS: {counts} in {minutes} min {rest} s"
