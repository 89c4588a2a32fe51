"""How many segments a text is sent in, for `parts` and `encoding` of a webhook.

Written apart from the client, from 3GPP TS 23.038 (the alphabet) and 23.040 (joined messages).
"""

from typing import NamedTuple

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = frozenset("\f^{}\\[~]|€")


class Segments(NamedTuple):
    """How a text is cut."""

    encoding: str
    parts: int


def segments(text: str) -> Segments:
    """Count the segments; neither an escape nor a surrogate pair is cut in two."""
    if _GSM.union(_GSM_ESCAPED).issuperset(text):
        sizes = [2 if character in _GSM_ESCAPED else 1 for character in text]
        return Segments("GSM-7", _parts(sizes, alone=160, joined=153))
    sizes = [2 if character > "\uffff" else 1 for character in text]
    return Segments("UCS-2", _parts(sizes, alone=70, joined=67))


def _parts(sizes: list[int], *, alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > joined:
            parts, used = parts + 1, 0
        used += size
    return parts
