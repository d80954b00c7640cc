"""Documents: packets, copies, forms and scans, sealed, with the hash of what they were."""

from __future__ import annotations

import hashlib
import hmac

from directory.accounts.models import new_uid
from directory.errors import SaidError
from directory.referrals.models import Document
from directory.referrals.records import Records
from directory.sentence import Sentence

LARGEST_SCAN = 10 * 1024 * 1024
KINDS = ("packet", "family", "form", "scan")
_PDF_HEADER_WITHIN = 1024


class DocumentError(SaidError):
    """A document is missing, damaged, or of a kind that cannot be kept; the message says what to do."""


def keep(
    records: Records, referral_id: int, choice_id: int | None, kind: str, media_type: str, content: bytes
) -> Document:
    """Seal a file of a referral and keep it, with the SHA-256 of its content; `kind` is one of KINDS."""
    if kind not in KINDS:
        raise DocumentError(
            Sentence("“%(kind)s” is no kind of document; it is one of %(kinds)s", kind=kind, kinds=", ".join(KINDS))
        )
    uid = new_uid()
    document = Document(
        uid=uid,
        referral_id=referral_id,
        choice_id=choice_id,
        kind=kind,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        sealed=records.keyring.seal_bytes(f"document:{uid}", content),
        made_at=records.now,
        made_by=records.actor.id if records.actor.kind == "staff" else None,
    )
    records.session.add(document)
    records.session.flush()
    _note(records, "document kept", document)
    return document


def keep_scan(records: Records, referral_id: int, choice_id: int | None, content: bytes) -> Document:
    """Keep the scan or photograph of a signed form: PDF, JPEG or PNG, up to 10 MB. Raises DocumentError."""
    return keep(records, referral_id, choice_id, "scan", scan_type(content), content)


def open_document(records: Records, document_id: int) -> bytes:
    """The content of a document, proved to be what was kept. Raises DocumentError, or SealError of the keyring."""
    document = records.session.get(Document, document_id)
    if document is None:
        raise DocumentError(Sentence("there is no such document; it may have been removed after its time of keeping"))
    content = records.keyring.open_bytes(f"document:{document.uid}", document.sealed)
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), document.sha256):
        raise DocumentError(Sentence("this document is not what was kept: its hash differs. Restore it from a backup"))
    _note(records, "document read", document)
    return content


def scan_type(content: bytes) -> str:
    """The media type of a scan, told by its content and not by its name. Raises DocumentError."""
    if not content:
        raise DocumentError(Sentence("it is an empty file; scan or photograph the signed form again"), "scan")
    if len(content) > LARGEST_SCAN:
        megabytes = len(content) / 1024 / 1024
        raise DocumentError(
            Sentence(
                "it is %(megabytes)s MB large; send one of at most 10 MB, such as in black and white",
                megabytes=f"{megabytes:.1f}",
            ),
            "scan",
        )
    media_type, complete = _recognised(content)
    if not media_type:
        raise DocumentError(
            Sentence("it is neither PDF, JPEG nor PNG; save it as one of these and upload it again"), "scan"
        )
    if not complete:
        raise DocumentError(Sentence("it ends too early, as if it was cut off on its way; upload it again"), "scan")
    return media_type


def _recognised(content: bytes) -> tuple[str, bool]:
    # Programs that write PDF may put something before its header and after its end; the format allows that.
    if b"%PDF-" in content[:_PDF_HEADER_WITHIN]:
        return "application/pdf", b"%%EOF" in content[-2048:]
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", b"\xff\xd9" in content
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", b"IEND" in content[-1024:]
    return "", False


def _note(records: Records, action: str, document: Document) -> None:
    subjects = [f"document:{document.id}", f"referral:{document.referral_id}"]
    records.note(action, *subjects, kind=document.kind)
