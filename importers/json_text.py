"""JsonText: a JSON file as the UTF-8 that the streaming parser takes, whatever program wrote it."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

BLOCK = 1 << 16
# Python and R write these, which are no JSON; in a listing they mean that nothing is known.
NOT_A_NUMBER = re.compile(rb"(?<=[:\[,])(\s*)(?:NaN|-?Infinity)(?=\s*[,}\]])")
LONGEST_MARK = 64


class JsonText:
    """A readable stream: without a byte order mark, in UTF-8, and with null for NaN and Infinity."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._rest = b""
        self._ended = False

    def read(self, size: int = BLOCK) -> bytes:
        """The next piece, of about `size` bytes; empty at the end and where 0 is asked for."""
        while size and not self._ended:
            piece = self._stream.read(max(size, BLOCK))
            self._ended = not piece
            text = self._rest + self._decoder.decode(piece, final=self._ended).encode("utf-8", "replace")
            # A mark cut in two by the end of the piece is seen whole with the next one.
            keep = 0 if self._ended else LONGEST_MARK
            ready = NOT_A_NUMBER.sub(rb"\1null", text)
            self._rest = ready[len(ready) - keep :] if keep else b""
            ready = ready[: len(ready) - keep] if keep else ready
            if ready:
                return ready
        return b""
