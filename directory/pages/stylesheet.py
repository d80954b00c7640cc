"""StyleSheet: of a library's style sheet the rules that some page of ours may need; the rest never travels.

Bootstrap's weighs 31 KB compressed, on the slowest phones more than half a second before the first word is seen. Which
classes are ours is asked of templates, scripts and code themselves, generously: any word that stands in one of them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from directory.config import ROOT, TEMPLATES

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CHARSET = re.compile(r"@charset[^;]*;")
# A rule, or what opens and closes a block of rules. A minified sheet holds braces nowhere else.
_PART = re.compile(r"(?P<prelude>[^{}]*)\{(?:(?P<declarations>[^{}]*)\})?|\}")
_COMMA = re.compile(r",(?![^()]*\))")


def used_of(path: Path) -> bytes:
    """The minified style sheet with the rules left out that name a class no page of ours has."""
    text = _CHARSET.sub("", _COMMENT.sub("", path.read_text(encoding="utf-8")))
    blocks: list[tuple[str, list[str]]] = [("", [])]
    for part in _PART.finditer(text):
        if part["prelude"] is None:
            prelude, kept = blocks.pop()
            blocks[-1][1].extend([f"{prelude}{{{''.join(kept)}}}"] if kept else [])
        elif part["declarations"] is None:
            blocks.append((part["prelude"], []))
        elif selectors := _used(part["prelude"]):
            blocks[-1][1].append(f"{selectors}{{{part['declarations']}}}")
    return "".join(blocks[0][1]).encode()


@cache
def our_words() -> frozenset[str]:
    """Every word of templates, scripts and code; whatever class a page has is among them."""
    code = ROOT / "directory"
    rooms = (TEMPLATES.rglob("*.html"), (code / "static").glob("*.js"), code.rglob("*.py"))
    return frozenset(word for room in rooms for path in room for word in _WORD.findall(path.read_text("utf-8")))


def _used(prelude: str) -> str:
    return ",".join(one for one in _COMMA.split(prelude) if our_words().issuperset(_CLASS.findall(one)))
