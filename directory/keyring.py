"""Keyring: what seals a client's facts, so that neither database nor backup tells them to whoever finds it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from directory.errors import PlainError

FILE = "keys.txt"
VARIABLE = "DIRECTORY_KEYS"
_HEADING = (
    "# Keys of client records, newest first. Keep a copy apart from the backup: without them nothing can be read.\n"
)


class KeysError(PlainError):
    """Keys are missing or are none; the message says where and what to do."""


class SealError(PlainError):
    """Something sealed was changed, moved to another record, or sealed with a key that is gone."""


class Keyring:
    """One or more keys, newest first: the first seals, all of them open.

    Every sealed value is bound to its `context`, such as "client:Zk3…": moved to another record it does not open.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Raises KeysError where there is no key, or one is not 32 bytes in URL-safe base64."""
        if not keys:
            raise KeysError("there is no key for client records; make one with `directory keys create`")
        try:
            self._fernets = [Fernet(key) for key in keys]
        except ValueError as error:
            raise KeysError(f"a key in {FILE} or {VARIABLE} is not one; `directory keys create` makes them") from error
        self._all = MultiFernet(self._fernets)
        self._lookups = [_derived(key, b"lookup") for key in keys]
        self._marks = [_derived(key, b"mark") for key in keys]
        self._home: Path | None = None
        self._written: tuple[int, ...] = ()

    @classmethod
    def load(cls, home: Path, environment: Mapping[str, str] = os.environ) -> Keyring:
        """The keys of DIRECTORY_KEYS (separated by commas), else of keys.txt in DIRECTORY_HOME. Raises KeysError."""
        if environment.get(VARIABLE):
            return cls([key.strip().encode() for key in environment[VARIABLE].split(",") if key.strip()])
        written = _written(home)
        keyring = cls(keys_in(home))
        keyring._home, keyring._written = home, written
        return keyring

    def current(self) -> Keyring:
        """These keys, or those that stand in keys.txt now where it was written since. Raises KeysError."""
        if self._home is None or _written(self._home) == self._written:
            return self
        return Keyring.load(self._home, {})

    def seal(self, context: str, value: Any) -> bytes:
        """Seal a JSON value for one record."""
        return self.seal_bytes(context, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def open(self, context: str, sealed: bytes) -> Any:
        """The value that was sealed for this record. Raises SealError."""
        return json.loads(self.open_bytes(context, sealed))

    def seal_bytes(self, context: str, content: bytes) -> bytes:
        """Seal the bytes of a document for one record."""
        return self._fernets[0].encrypt(context.encode() + b"\0" + content)

    def open_bytes(self, context: str, sealed: bytes) -> bytes:
        """The bytes that were sealed for this record. Raises SealError."""
        try:
            bound, _, content = self._all.decrypt(sealed).partition(b"\0")
        except InvalidToken as error:
            raise SealError(f"{_kind(context)}: it was changed, or its key is missing from {FILE}") from error
        if bound != context.encode():
            raise SealError(f"{_kind(context)}: it was sealed for another record")
        return content

    def newest(self, sealed: bytes) -> bool:
        """True where the newest key sealed it."""
        try:
            self._fernets[0].decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def lookup(self, text: str) -> str:
        """A keyed hash by which equal texts are found again: 64 hexadecimal digits."""
        return _hash(self._lookups[0], text)

    def lookups(self, text: str) -> list[str]:
        """The same hash by every key, for records that an older key looked up."""
        return [_hash(key, text) for key in self._lookups]

    def mark(self, text: str) -> str:
        """A signature that only a holder of the newest key can write."""
        return _hash(self._marks[0], text)

    def marked(self, text: str, mark: str) -> bool:
        """True where any key wrote this signature of the text."""
        return any(hmac.compare_digest(_hash(key, text), mark) for key in self._marks)


def keys_in(home: Path) -> list[bytes]:
    """The keys of a home, newest first; none where there is no file."""
    path = home / FILE
    if not path.exists():
        return []
    lines = (line.strip() for line in path.read_text(encoding="ascii").splitlines())
    return [line.encode() for line in lines if line and not line.startswith("#")]


def add_key(home: Path) -> Path:
    """Put a new key before those of a home, in a file only its owner may read."""
    return _write(home, [Fernet.generate_key(), *keys_in(home)])


def drop_old_keys(home: Path) -> None:
    """Keep only the newest key of a home: after everything was sealed anew."""
    _write(home, keys_in(home)[:1])


def _written(home: Path) -> tuple[int, ...]:
    """By what a file of keys is known to be another than before; nothing where there is none."""
    try:
        status = (home / FILE).stat()
    except FileNotFoundError:
        return ()
    return status.st_mtime_ns, status.st_ino, status.st_size


def _write(home: Path, keys: Sequence[bytes]) -> Path:
    path = home / FILE
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(_HEADING + "".join(f"{key.decode()}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return path


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"clinic-referral-directory " + purpose).derive(
        base64.urlsafe_b64decode(key)
    )


def _hash(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _kind(context: str) -> str:
    return f"this {context.partition(':')[0]} cannot be opened"
