"""Findings: what is odd about a file, gathered while its rows stream by: each oddity once, with all its lines."""

from __future__ import annotations

from directory.catalogue.record import Oddity

# More than this is no report that anybody reads: the run is held.
MOST_LINES = 100_000


class Findings:
    """Oddities by column and reason, in the order they were first met; `untold` counts what is beyond any list."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str], Oddity] = {}
        self._lines = 0
        self.untold = 0

    def note(self, reason: str, line: int, column: str = "") -> None:
        """Remember that `reason` (without a full stop) holds of a line, or of one of its columns."""
        if self._lines == MOST_LINES:
            self.untold += 1
            return
        self._lines += 1
        lines = self._met.setdefault((column, reason), Oddity(column, reason, [])).lines
        if lines[-1:] != [line]:
            lines.append(line)

    def oddities(self) -> list[Oddity]:
        """What was found so far."""
        return list(self._met.values())
