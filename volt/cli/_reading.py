"""Text that a command reads: from an argument, a file, or standard input."""

import os
import sys
from pathlib import Path

from volt.errors import InputError

#: Far more than any text; a wrong file is not read to its end.
_MOST_BYTES = 1_000_000


def read_text(text: str | None, file: str | None, *, argument: str = "--body") -> str:
    """The text of an argument or a file; one line break at the end of a file does not count.

    Args:
        text: The text itself; `-`: it is read from standard input.
        file: Where it is, if not there.
        argument: What the command calls the text.

    Raises:
        InputError: There is none, there are two, or it is no text.
    """
    if text is not None and file is not None:
        raise InputError(f"give {argument} or --body-file, not both")
    if file is not None:
        return _decoded(read_bytes(file, argument="--body-file"), "--body-file")
    if text is None:
        raise InputError(f"no text: give {argument}, - to read standard input, or --body-file")
    return _decoded(read_bytes("-", argument=argument), argument) if text == "-" else text


def read_bytes(file: str, *, argument: str) -> bytes:
    """The content of a file; `-` is standard input.

    Raises:
        InputError: It cannot be read.
    """
    try:
        if file == "-":
            if sys.stdin.isatty():
                print("Type the text; Ctrl-D on a line of its own ends it.", file=sys.stderr)
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {os.strerror(error.errno or 0)}", argument=argument
        ) from None
    except ValueError:  # a null character in the name, or standard input is closed
        raise InputError("there is no such file", argument=argument) from None
    if len(content) > _MOST_BYTES:
        raise InputError(f"more than {_MOST_BYTES:,} bytes are no text", argument=argument)
    return content


def _decoded(content: bytes, argument: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the text is not in UTF-8", argument=argument) from None
    return text.removesuffix("\n").removesuffix("\r")
