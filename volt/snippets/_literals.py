"""Text as a string literal of each language, and values as JSON.

What can be read stands as it is; what cannot (controls, joiners, other spaces, directional marks)
is escaped. The text must be one that UTF-8 can hold: no half of a surrogate pair.
"""

import json
import shlex
from collections.abc import Callable, Mapping

#: Escaped alike in JSON and in every language here but shell.
_COMMON = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def _long(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _braced(code: int) -> str:
    return f"\\u{{{code:x}}}"


def _utf16(code: int) -> str:
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _quoted(
    code_point: Callable[[int], str], *, also: str = "", only_ascii: bool = False
) -> Callable[[str], str]:
    """Make the literals of one language.

    Args:
        code_point: How the language escapes a character by its number.
        also: More characters that need a backslash.
        only_ascii: Escape all others, as compilers may take a file for another encoding.
    """
    escapes = _COMMON | {character: f"\\{character}" for character in also}

    def escaped(character: str) -> str:
        if character in escapes:
            return escapes[character]
        stands = character.isprintable() and (character.isascii() or not only_ascii)
        return character if stands else code_point(ord(character))

    return lambda text: f'"{"".join(map(escaped, text))}"'


LITERALS: Mapping[str, Callable[[str], str]] = {
    "csharp": _quoted(_long, only_ascii=True),
    "go": _quoted(_long),
    "http": str,  # it has none
    "java": _quoted(_utf16, only_ascii=True),
    "javascript": _quoted(_braced),
    "php": _quoted(_braced, also="$"),
    "python": _quoted(_long),
    "ruby": _quoted(_braced, also="#"),
    "shell": shlex.quote,
}


def json_text(value: object) -> str:
    """Write a value as indented JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return "".join(
        character if character.isprintable() or character == "\n" else _utf16(ord(character))
        for character in text
    )
