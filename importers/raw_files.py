"""Raw files: every imported file kept under its checksum, so that any run can be read again."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from directory.errors import PlainError


class RawFileError(PlainError):
    """A file that cannot be kept, or was kept and is gone or damaged; the message says which."""


@dataclass(frozen=True, slots=True)
class RawFiles:
    """The folder of kept files: raw/ab/ab12…, named by the SHA-256 of their bytes in hex."""

    folder: Path

    def keep(self, path: Path, sha256: str) -> Path:
        """Keep a copy of a file, whole or not at all; where it is kept already nothing is written.

        Raises RawFileError where there is no room, or where the file changed since its checksum was taken.
        """
        kept = self._place(sha256)
        if kept.exists():
            return kept
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            self._copy(path, kept, sha256)
        except OSError as error:
            raise RawFileError(f"{path.name} cannot be kept in {self.folder}: {error.strerror or error}.") from None
        return kept

    def path(self, sha256: str, name: str) -> Path:
        """Where the file of a run is kept; raises RawFileError where it is gone or damaged. `name` is for messages."""
        kept = self._place(sha256)
        if not kept.is_file():
            raise RawFileError(f"{name} was not kept, or is gone from {self.folder}; import the file itself again.")
        _check(kept, sha256, name)
        return kept

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    @staticmethod
    def _copy(path: Path, kept: Path, sha256: str) -> None:
        with path.open("rb") as source, tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as copy:
            copied = Path(copy.name)
            try:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
                _check(copied, sha256, path.name)
                copied.replace(kept)
            finally:
                copied.unlink(missing_ok=True)


def _check(path: Path, sha256: str, name: str) -> None:
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise RawFileError(f"{name} is not what it was: its checksum differs. Import the file itself again.")
