"""Segments: at every edge of the standard, and against another's count."""

import re
import unicodedata
from typing import Any

import pytest
import smsutil  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from volt import segments
from volt.errors import InputError
from volt.segments import split, to_gsm

EXTENSION = "\f^{}\\[~]|€"
EMOJI = "\U0001f600"
#: Any text, with what matters here more often than chance would have it.
PIECES = [
    "a", "7", " ", "é", "€", "[", "\r\n", "\x1b", "ç", "“", "’", "–", "…", "\u00a0", "\u200b", ".",
    "e\u0301", "s\u0327", "5\u0336", EMOJI, "👩\u200d💻", "½", "٣", "Ł", "日", "\ud83d", "a" * 66,
    "b" * 150, "https://a.example/ç?“", "bücher-ç.example", "é.ç@a.example",
]  # fmt: skip
texts = st.text(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "remaining"),
    [
        ("", "GSM-7", [0], 160),
        ("a" * 159, "GSM-7", [159], 1),
        ("a" * 160, "GSM-7", [160], 0),
        ("a" * 161, "GSM-7", [153, 8], 145),
        ("a" * 306, "GSM-7", [153, 153], 0),
        ("a" * 307, "GSM-7", [153, 153, 1], 152),
        ("a" * 153 * 7, "GSM-7", [153] * 7, 0),
        ("ç" * 69, "UCS-2", [69], 1),
        ("ç" * 70, "UCS-2", [70], 0),
        ("ç" * 71, "UCS-2", [67, 4], 63),
        ("ç" * 134, "UCS-2", [67, 67], 0),
        ("ç" * 135, "UCS-2", [67, 67, 1], 66),
        ("a" * 69 + "ç", "UCS-2", [70], 0),
        # Two units each, and never divided.
        ("€" * 80, "GSM-7", [160], 0),
        ("€" * 80 + "a", "GSM-7", [152, 9], 144),
        ("a" * 152 + "€" * 5, "GSM-7", [152, 10], 143),
        ("a" * 151 + "€" * 5, "GSM-7", [153, 8], 145),
        (EMOJI * 35, "UCS-2", [70], 0),
        (EMOJI * 35 + "a", "UCS-2", [66, 5], 62),
        ("a" * 66 + EMOJI * 3, "UCS-2", [66, 6], 61),
        ("a" * 65 + EMOJI * 3, "UCS-2", [67, 4], 63),
        # A line break of two characters is two septets.
        ("a\r\n" * 53, "GSM-7", [159], 1),
        ("a\r\n" * 54, "GSM-7", [153, 9], 144),
        # A combining mark is a character of its own, also beside a letter that GSM-7 has.
        ("e\u0301" * 35, "UCS-2", [70], 0),
        ("e\u0301" * 36, "UCS-2", [67, 5], 62),
    ],
)
def test_the_segments_of_a_text(text: str, encoding: str, units: list[int], remaining: int) -> None:
    """At each edge: 160 and 153 septets, 70 and 67 UTF-16 units."""
    found = split(text)
    assert found.encoding == encoding
    assert [segment.units for segment in found.segments] == units
    assert (found.count, found.units, found.remaining) == (len(units), sum(units), remaining)
    assert "".join(segment.text for segment in found.segments) == text


def test_the_alphabet() -> None:
    """TS 23.038: 127 characters and the escape in the table, ten more in its extension."""
    codes = [*range(0x3000), *range(0x3000, 0x110000, 97)]
    ours = {chr(code) for code in codes if split(chr(code)).encoding == "GSM-7"}
    assert ours == set(smsutil.codecs.GSM_CHARSET) - {"\x1b"}
    assert len(ours) == 127 + len(EXTENSION)
    assert {character for character in ours if split(character).units == 2} == set(EXTENSION)


@pytest.mark.parametrize("character", ["\x1b", "`", "ç", "\t", "\u00a0", "’", "日", "\u20ac\u0301"])
def test_what_is_not_gsm(character: str) -> None:
    """Among it the escape itself, which smsutil takes for a character."""
    assert split(character).encoding == "UCS-2"
    (odd,) = split(f"ab{character}").non_gsm
    assert (odd.position, odd.text) == (2, character)


@given(texts)
@example("[" * 161)
@example(EMOJI * 71)
def test_we_count_as_smsutil_does(text: str) -> None:
    """Encoding, segments and units, on any text; but for a bare escape and an empty text."""
    text = text.replace("\x1b", "").encode("utf-16", "ignore").decode("utf-16") or "a"
    theirs, ours = smsutil.split(text), split(text)
    unit_bytes = 1 if theirs.encoding == "gsm0338" else 2
    assert (ours.encoding == "GSM-7") == (unit_bytes == 1)
    assert [(segment.text, segment.units) for segment in ours.segments] == [
        (part.content, part.bytes // unit_bytes) for part in theirs.parts
    ]


@given(texts)
def test_the_laws_of_splitting(text: str) -> None:
    """Nothing is lost, nothing is too long, no segment could have taken the next character."""
    found = split(text)
    pieces = [segment.text for segment in found.segments]
    assert "".join(pieces) == text
    room = {"GSM-7": (160, 153), "UCS-2": (70, 67)}[found.encoding][len(pieces) > 1]
    encoded_units = [
        len(piece.encode("utf-16-le", "surrogatepass")) // 2
        if found.encoding == "UCS-2"
        else len(piece) + sum(piece.count(character) for character in EXTENSION)
        for piece in pieces
    ]
    assert [segment.units for segment in found.segments] == encoded_units
    assert max(encoded_units) <= room
    assert all(units >= room - 1 for units in encoded_units[:-1])
    assert found.remaining == room - encoded_units[-1]
    assert (found.units, found.count) == (sum(encoded_units), len(pieces))


@given(texts)
def test_the_laws_of_the_characters_outside_gsm(text: str) -> None:
    """Each is where it is said to be, and without them the text is GSM-7."""
    found = split(text)
    assert (found.encoding == "UCS-2") == bool(found.non_gsm)
    rest, end = "", 0
    for odd in found.non_gsm:
        assert text[odd.position : odd.position + len(odd.text)] == odd.text
        assert odd.position >= end
        rest, end = rest + text[end : odd.position], odd.position + len(odd.text)
        assert (odd.replacement is not None) == (odd.kind in ("typography", "letter"))
        assert split(odd.replacement or "").encoding == "GSM-7"
        assert odd.name.startswith(f"U+{ord(odd.text[0]):04X}")
    assert split(rest + text[end:]).encoding == "GSM-7"


@pytest.mark.parametrize(
    ("odd", "replacement", "kind"),
    [
        ("’", "'", "typography"), ("“", '"', "typography"), ("«", '"', "typography"),
        ("`", "'", "typography"), ("–", "-", "typography"), ("—", "-", "typography"),
        ("•", "-", "typography"), ("…", "...", "typography"), ("\u00a0", " ", "typography"),
        ("\t", " ", "typography"), ("\u2028", "\n", "typography"), ("\u200b", "", "typography"),
        ("\ufeff", "", "typography"), ("\u2009", " ", "typography"), ("\u200a", " ", "typography"),
        ("e\u0301", "é", "typography"), ("A\u030a", "Å", "typography"), ("\u2126", "Ω", "typography"),
        ("ç", "c", "letter"), ("ã", "a", "letter"), ("Ł", "L", "letter"), ("œ", "oe", "letter"),
        ("ﬁ", "fi", "letter"), ("ộ", "o", "letter"), ("o\u0302\u0323", "o", "letter"),
        ("s\u0327", "s", "letter"), ("ª", "a", "letter"), ("Ａ", "A", "letter"), ("ẞ", "ß", "letter"),
        ("½", None, "digit"), ("²", None, "digit"), ("٣", None, "digit"), ("５", None, "digit"),
        ("5\u0336", None, "digit"), ("①", None, "digit"), ("Ⅷ", None, "digit"),
        (EMOJI, None, "other"), ("日", None, "other"), ("ж", None, "other"), ("\x1b", None, "other"),
        ("\ud83d", None, "other"), ("™", None, "other"), ("“\u0301", None, "other"),
        ("¨", None, "other"),
    ],
)  # fmt: skip
def test_the_replacement_of_a_character(odd: str, replacement: str | None, kind: str) -> None:
    """One that looks the same, one that spells otherwise, or none."""
    (found,) = split(f"\n{odd}").non_gsm
    assert (found.position, found.text) == (1, odd)
    assert (found.replacement, found.kind) == (replacement, kind)


@pytest.mark.parametrize(
    ("text", "gsm"),
    [
        ("It’s – “here”… now", 'It\'s - "here"... now'),
        ("5\u00a0000–6\u202f000", "5 000-6 000"),
        ("cafe\u0301", "café"),
        ("plain", "plain"),
        ("“https://a.example/é”", '"https://a.example/é"'),
        ("(see a.example/x…)", "(see a.example/x...)"),
        ("a.example’s", "a.example's"),
        ("word—https://a.example/x", "word-https://a.example/x"),
        ("", ""),
    ],
)
def test_a_text_becomes_gsm(text: str, gsm: str) -> None:
    """With every change, by its place in the text as given."""
    made = to_gsm(text)
    assert made.text == gsm
    assert made.left == ()
    assert made.changes == split(text).non_gsm
    assert split(made.text).encoding == "GSM-7"


def test_letters_are_spelt_otherwise_only_on_request() -> None:
    """A name would be misspelt."""
    text = "“Conceição” Łódź"
    kept = to_gsm(text)
    assert (kept.text, kept.changes) == (text, ())
    assert [odd.text for odd in kept.left] == ["ç", "ã", "Ł", "ó", "ź"]
    assert [odd.replacement for odd in kept.left] == ["c", "a", "L", "o", "z"]
    assert to_gsm(text, letters=True).text == '"Conceicao" Lodz'


@pytest.mark.parametrize(
    "text",
    [
        "“https://a.example/ç”",
        "“HTTPS://A.example/a–b?c=“d“&e#ã”",
        "’ bücher-ç.example",
        "’ ç.example/x",
        "’ a.example/“x",
        "’ a.example?q=“x",
        "’ joão@a.example",
        "’ www.ç.example,",
        "’ code ①",
        "’ ½ off",
        "’ " + EMOJI,
        "👩\u200d💻",
        "می\u200cروم",
    ],
)
def test_what_cannot_become_gsm_whole_stays_as_it_is(text: str) -> None:
    """Links and digits are never altered; and half the work would cost as much as none."""
    made = to_gsm(text, letters=True)
    assert (made.text, made.changes) == (text, ())
    assert made.left
    assert all(odd.kind in ("link", "digit", "other") for odd in made.left)
    assert "’" not in {odd.text for odd in made.left}


@pytest.mark.parametrize("ending", [".", ",", "!", "?", "”", "’", "…", ")", "»", "”.", "\u200b"])
def test_the_punctuation_after_a_link_is_not_of_the_link(ending: str) -> None:
    """It is the sentence's."""
    made = to_gsm(f"“see https://a.example/é{ending}")
    assert made.left == ()
    assert made.text.startswith('"see https://a.example/é')


@given(texts, st.booleans())
def test_the_laws_of_to_gsm(text: str, letters: bool) -> None:
    """Whole or not at all; no digit changes; nothing else does than is said; once is enough."""
    made = to_gsm(text, letters=letters)
    assert [c for c in made.text if c.isnumeric()] == [c for c in text if c.isnumeric()]
    if made.left:
        assert (made.text, made.changes) == (text, ())
        return
    assert split(made.text).encoding == "GSM-7"
    assert to_gsm(made.text) == segments.GsmText(made.text, (), ())
    rebuilt = text
    for odd in reversed(made.changes):
        end = odd.position + len(odd.text)
        assert rebuilt[odd.position : end] == odd.text
        rebuilt = rebuilt[: odd.position] + (odd.replacement or "") + rebuilt[end:]
    assert rebuilt == made.text
    assert re.findall(r"https?://[!-~]+", text) == re.findall(r"https?://[!-~]+", made.text)


@pytest.mark.parametrize("call", [split, to_gsm])
@pytest.mark.parametrize("given", [None, 7, b"Hello", ["Hello"]])
def test_something_that_is_no_text_is_refused(call: Any, given: object) -> None:
    """By its type."""
    with pytest.raises(
        InputError, match=f"a text is a string, not {type(given).__name__}"
    ) as caught:
        call(given)
    assert caught.value.argument == "text"


def test_no_repr_shows_the_text() -> None:
    """It may end in a log."""
    text = "“Geheimnis”"
    for shown in (split(text), *split(text).segments, *split(text).non_gsm, to_gsm(text)):
        assert "Geheim" not in repr(shown)
        assert "“" not in repr(shown)


def test_a_character_has_a_name() -> None:
    """That of Unicode, for each of its code points."""
    (quote, accented, tab) = split("“e\u0301\t").non_gsm
    assert quote.name == "U+201C LEFT DOUBLE QUOTATION MARK"
    assert accented.name == "U+0065 LATIN SMALL LETTER E + U+0301 COMBINING ACUTE ACCENT"
    assert tab.name == "U+0009"
    assert unicodedata.lookup("LEFT DOUBLE QUOTATION MARK") == quote.text


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a@", "a-", "a:", "https://", "http://“", "“", "a.b/"]
)
def test_a_long_text_takes_no_more_than_its_length(piece: str) -> None:
    """A search that went back and back would not end within the test's patience."""
    text = (piece * 200_000)[:200_000] + "ç"
    assert split(text).units == len(text)
