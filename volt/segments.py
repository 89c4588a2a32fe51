"""How many segments a text costs, and why.

A text travels in segments of 140 octets. In the GSM 7-bit alphabet (GSM-7) that is 160 septets; one
character outside it puts the whole text into UCS-2, at 70 UTF-16 units. Each segment of a longer
text gives 6 octets to the header that joins them, which leaves 153 septets or 67 units.

Sources: 3GPP TS 23.038, sections 6.2.1 (the alphabet), 6.2.1.1 (its extension, at two septets each)
and 6.2.3 (UCS-2); TS 23.040, section 9.2.3.24.1 (joined messages). National language tables are not
used. What Volt counted itself is in `parts` and `encoding` of its webhooks; an MMS has no segments.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from volt.errors import InputError

__all__ = ["Encoding", "GsmText", "Kind", "NonGsm", "Segment", "SplitText", "split", "to_gsm"]

#: How the characters of a text are written: in septets (3GPP TS 23.038, section 6.2.1) if all of
#: them are in that alphabet, else in units of UTF-16.
Encoding = Literal["GSM-7", "UCS-2"]

#: The units of a sole segment, and of each of several.
_ROOM: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}

# The default alphabet, in the order of its codes, without the escape (0x1B).
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_GSM = re.escape(_BASIC + _EXTENSION)
_MARK = "\u0300-\u036f"

_GSM_TEXT = re.compile(f"[{_GSM}]*")
#: What takes two units: an escape and a septet, or a surrogate pair.
_DOUBLE: dict[Encoding, re.Pattern[str]] = {
    "GSM-7": re.compile(f"[{re.escape(_EXTENSION)}]"),
    "UCS-2": re.compile("[\U00010000-\U0010ffff]"),
}
_NON_GSM = re.compile(f"[^{_GSM}][{_MARK}]*|[{_GSM}][{_MARK}]+")
# A URL, a bare domain or an e-mail address, up to the punctuation that ends it or its sentence. The
# look-behinds keep the search linear.
_WORD = rf"\w{_MARK}-"
_LINK_END = r"\S*[^\s.,:;!?)\]}>'\"‘’“”»…\u200b]"
_LINK = (
    rf"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*://{_LINK_END}"
    rf"|(?<![{_WORD}.+%])(?:[{_WORD}.+%]+@)?(?:[{_WORD}]+\.)+[^\W\d_]{{2,}}(?:[/?#:]{_LINK_END})?"
)
_LINK_OR_NON_GSM = re.compile(f"(?P<link>{_LINK})|{_NON_GSM.pattern}")

# What looks the same, or nearly, in GSM-7. Characters that are not seen are dropped.
_TYPOGRAPHY = {
    character: replacement
    for replacement, characters in {
        "'": "‘’‚‛‹›′‵ʹʻʼˈ´`＇",
        '"': "“”„‟«»″‶ʺ＂",
        "-": "‐‑‒–—―−•‣⁃∙◦﹘﹣－",
        "/": "⁄∕",
        "...": "…",
        " ": "\t\u00a0\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))),
        "\n": "\x0b\x85\u2028\u2029",
        "": "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
        "\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff",
    }.items()
    for character in characters
}
# Letters that Unicode does not take apart into a letter and a mark.
_LETTERS = {
    "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Ħ": "H", "ħ": "h", "ı": "i", "Ł": "L", "ł": "l",
    "Œ": "OE", "œ": "oe", "Þ": "Th", "þ": "th", "Ŧ": "T", "ŧ": "t", "ẞ": "ß",
}  # fmt: skip

#: Why a character is outside GSM-7, and what can be done: `typography` has a replacement that looks
#: the same, `letter` one that changes the spelling; a character of a `link` or a `digit` is never
#: replaced; for any `other` there is no replacement.
Kind = Literal["typography", "letter", "link", "digit", "other"]


@dataclass(frozen=True, slots=True)
class NonGsm:
    """A character that GSM-7 does not have, with the marks that follow it."""

    position: int
    """Its index in the text, a `str`."""
    text: str = field(repr=False)
    replacement: str | None = field(repr=False)
    """What GSM-7 has in its place, if anything; may be empty."""
    kind: Kind

    @property
    def name(self) -> str:
        """Its code points by name: `U+2019 RIGHT SINGLE QUOTATION MARK`."""
        return " + ".join(
            f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
            for character in self.text
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a text."""

    text: str = field(repr=False)
    units: int
    """Septets in GSM-7, UTF-16 units in UCS-2."""


@dataclass(frozen=True, slots=True)
class SplitText:
    """A text as it travels. Its repr does not show the text."""

    encoding: Encoding
    count: int
    """How many segments; 1 for an empty text."""
    units: int
    """Septets in GSM-7, UTF-16 units in UCS-2, in all."""
    remaining: int
    """The units that the last segment has left. A long text that outgrows 160 septets, or 70 units,
    loses some more to the headers."""
    segments: tuple[Segment, ...] = field(repr=False)
    """In order; their texts together are the text."""
    non_gsm: tuple[NonGsm, ...] = field(repr=False)
    """What forces UCS-2, in order; empty in GSM-7."""


@dataclass(frozen=True, slots=True)
class GsmText:
    """What `to_gsm` made of a text. Its repr does not show the text."""

    text: str = field(repr=False)
    """In GSM-7; or the text as given, if `left` is not empty."""
    changes: tuple[NonGsm, ...]
    """What was replaced, in order, with its position in the text as given."""
    left: tuple[NonGsm, ...]
    """What cannot be replaced, and keeps the text in UCS-2."""


def split(text: str) -> SplitText:
    """Split a text into the segments in which it travels.

    Neither an escape and its septet nor a surrogate pair is divided. Half of a surrogate pair,
    which `send` refuses, counts as a unit.

    Raises:
        InputError: `text` is no string.
    """
    _require_text(text)
    encoding: Encoding = "GSM-7" if _GSM_TEXT.fullmatch(text) else "UCS-2"
    units = _units(text, encoding)
    room, room_of_several = _ROOM[encoding]
    segments = [Segment(text, units)]
    if units > room:
        room, segments = room_of_several, list(_cut(text, room_of_several, encoding))
    return SplitText(
        encoding=encoding,
        count=len(segments),
        units=units,
        remaining=room - segments[-1].units,
        segments=tuple(segments),
        non_gsm=tuple(_non_gsm(text)) if encoding == "UCS-2" else (),
    )


def to_gsm(text: str, *, letters: bool = False) -> GsmText:
    """Bring a text into GSM-7, if that can be done, and say what was changed.

    Quotation marks, dashes, spaces and the like become their plain form, and characters that are
    not seen go. Digits, links and e-mail addresses are never altered. Either the whole text becomes
    GSM-7 or nothing is changed, since one character left costs as much as many.

    Args:
        text: The text.
        letters: Spell letters that GSM-7 does not have with those that it has: `ç` as `c`. It may
            misspell a name, or change what a word means.

    Raises:
        InputError: `text` is no string.
    """
    _require_text(text)
    found = tuple(_non_gsm(text))
    kinds: tuple[Kind, ...] = ("typography", "letter") if letters else ("typography",)
    if left := tuple(odd for odd in found if odd.kind not in kinds):
        return GsmText(text, (), left)
    pieces: list[str] = []
    start = 0
    for odd in found:
        pieces += text[start : odd.position], odd.replacement or ""
        start = odd.position + len(odd.text)
    return GsmText("".join([*pieces, text[start:]]), found, ())


def _cut(text: str, room: int, encoding: Encoding) -> Iterator[Segment]:
    start = 0
    while start < len(text):
        piece = text[start : start + room]
        while (excess := _units(piece, encoding) - room) > 0:
            # No character has more than two units: at least this many are too many.
            piece = piece[: -((excess + 1) // 2)]
        yield Segment(piece, _units(piece, encoding))
        start += len(piece)


def _units(text: str, encoding: Encoding) -> int:
    return len(text) + len(_DOUBLE[encoding].findall(text))


def _non_gsm(text: str) -> Iterator[NonGsm]:
    for match in _LINK_OR_NON_GSM.finditer(text):
        if match["link"]:
            for odd in _NON_GSM.finditer(text, *match.span()):
                yield NonGsm(odd.start(), odd[0], None, "link")
        else:
            replacement, kind = _replacement(match[0])
            yield NonGsm(match.start(), match[0], replacement, kind)


@lru_cache(maxsize=1024)
def _replacement(odd: str) -> tuple[str | None, Kind]:
    if any(character.isnumeric() for character in odd):
        return None, "digit"
    if odd in _TYPOGRAPHY:
        return _TYPOGRAPHY[odd], "typography"
    composed = unicodedata.normalize("NFC", odd)
    if _GSM_TEXT.fullmatch(composed):
        return composed, "typography"
    apart = unicodedata.normalize("NFKD", odd)
    letters = "".join(_LETTERS.get(part, part) for part in apart if not unicodedata.combining(part))
    if odd[0].isalpha() and letters and _GSM_TEXT.fullmatch(letters):
        return letters, "letter"
    return None, "other"


def _require_text(text: object) -> None:
    if not isinstance(text, str):
        raise InputError(f"a text is a string, not {type(text).__name__}", argument="text")
