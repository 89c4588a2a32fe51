"""How many segments the sandbox says a text has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt import segments as segments_of_client
from volt.sandbox._segments import segments

GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        # An escape is not cut: 152 septets, then one that would be half of it.
        ("a" * 152 + "€" + "a" * 151, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("ç" * 70, "UCS-2", 1),
        ("ç" * 71, "UCS-2", 2),
        ("ç" * 134, "UCS-2", 2),
        ("ç" * 135, "UCS-2", 3),
        ("👍" * 35, "UCS-2", 1),
        ("👍" * 36, "UCS-2", 2),
        # Nor is a pair: 33 in each segment, not 33 and a half.
        ("👍" * 66, "UCS-2", 2),
        ("👍" * 67, "UCS-2", 3),
        ("`", "UCS-2", 1),
        ("\ud83d", "UCS-2", 1),
    ],
)
def test_a_text_is_counted_by_its_alphabet(text: str, encoding: str, parts: int) -> None:
    """At each of its edges."""
    assert segments(text) == (encoding, parts)


def test_the_alphabet_has_127_characters_and_ten_that_cost_two() -> None:
    """As TS 23.038 lists them, without the escape itself."""
    assert len(set(GSM)) == 127
    assert segments(GSM) == ("GSM-7", 1)
    for character in "\f^{}\\[~]|€":
        assert segments(character * 80) == ("GSM-7", 1)
        assert segments(character * 81) == ("GSM-7", 2)
    found = [chr(code) for code in range(0x3000) if segments(chr(code)).encoding == "GSM-7"]
    assert len(found) == 127 + 10


@given(st.text(st.one_of(st.sampled_from(GSM + "€[^ç👍"), st.characters()), max_size=500))
def test_the_client_counts_the_same(text: str) -> None:
    """They share no code: what both say of any text is likely true."""
    split = segments_of_client.split(text)
    assert segments(text) == (split.encoding, split.count)
