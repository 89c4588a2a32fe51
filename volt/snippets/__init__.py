"""The vendor's example as a program: the request in each language of the vendor's article.

Each program sends one text, once, with nothing but its language's standard library. It reads the
token from `VOLT_TOKEN` and the endpoint from `VOLT_API_URL`, takes neither an HTTP status other
than 200 nor GraphQL errors for success, and exits with 1 and a line on stderr if it fails. The raw
HTTP request is the exception: it is no program, and says `<token>` where the token goes.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

from volt.errors import InputError
from volt.snippets._literals import LITERALS, json_text

__all__ = ["LANGUAGES", "render"]

#: The languages by name, and how each program's file is called.
LANGUAGES: Mapping[str, str] = {
    "csharp": "create_message.cs",
    "go": "create_message.go",
    "http": "create_message.http",
    "java": "create_message.java",
    "javascript": "create_message.js",
    "php": "create_message.php",
    "python": "create_message.py",
    "ruby": "create_message.rb",
    "shell": "create_message.sh",
}
_ALIASES = {
    "c#": "csharp",
    "cs": "csharp",
    "golang": "go",
    "raw": "http",
    "js": "javascript",
    "node": "javascript",
    "node.js": "javascript",
    "nodejs": "javascript",
    "py": "python",
    "python3": "python",
    "rb": "ruby",
    "bash": "shell",
    "curl": "shell",
    "sh": "shell",
}

_FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"(^ *)?@([a-z]+)@", re.MULTILINE)
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")  # RFC 3986, section 2


def render(
    language: str,
    *,
    url: str = "https://api.respondflow.com/graphql",
    to: str = "+15555550145",
    from_: str = "+15555550123",
    body: str = "Your One Time Code is 654312\n\nReply STOP to opt-out.",
    media: Iterable[str] = (),
) -> str:
    r"""Write the request as a program that can be run. The defaults are the vendor's example.

    Nothing is sent, and nothing is checked that is not needed to write the program: numbers go
    into it as they are, so bring them into E.164 form first (`volt.e164.parse`).

    Args:
        language: A name of `LANGUAGES`, or another that people use, such as `node` or `curl`.
        url: The endpoint, unless `VOLT_API_URL` names another when the program runs.
        to: The recipient, in E.164 form.
        from_: The sender, in E.164 form.
        body: The text.
        media: The URLs of an MMS.

    Returns:
        The program, in lines that end in `\n`. Only the head of the HTTP request has `\r\n`: write
        it to a file as bytes, `path.write_bytes(program.encode())`.

    Raises:
        InputError: There is no such language, the URL is none, or a value is no text that UTF-8
            can hold.
    """
    if isinstance(media, str):
        raise InputError("a list of URLs, not a string: write media=[url]", argument="media")
    urls = list(media)
    _check_texts({"language": language, "url": url, "to": to, "from_": from_, "body": body})
    _check_texts({f"media[{index}]": text for index, text in enumerate(urls)})
    name = _language(language)
    address = _address(url)

    query = (_FOLDER / "create_message.graphql").read_text(encoding="utf-8").strip()
    variables = {"to": to, "from": from_, "body": body, "media": urls}
    request = json_text({"query": query, "variables": variables})
    literal = LITERALS[name]
    values = {
        "url": literal(url),
        "query": query,
        "to": literal(to),
        "from": literal(from_),
        "body": literal(body),
        "media": ", ".join(map(literal, urls)),
        "request": request,
        "host": address.netloc,
        "path": urlunsplit(("", "", address.path or "/", address.query, "")),
        "length": str(len(request.encode()) + 1),  # with the line break at its end
    }

    def fill(placeholder: re.Match[str]) -> str:
        indentation = placeholder[1] or ""
        return indentation + values[placeholder[2]].replace("\n", "\n" + indentation)

    template = (_FOLDER / "templates" / f"{LANGUAGES[name]}.in").read_bytes().decode()
    return _PLACEHOLDER.sub(fill, template)


def _language(language: str) -> str:
    name = language.strip().lower()
    name = _ALIASES.get(name, name)
    if name in LANGUAGES:
        return name
    close = difflib.get_close_matches(name, [*LANGUAGES, *_ALIASES], n=1)
    remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(LANGUAGES)}"
    raise InputError(f"no program in that language: {remedy}", argument="language")


def _address(url: str) -> SplitResult:
    """Take the URL apart; one with other characters could break out of a header or a comment."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not host or not _URL.fullmatch(url):
        raise InputError("no whole URL: write it as https://host.example/graphql", argument="url")
    if "@" in parts.netloc:
        raise InputError("leave user and password out; the token is VOLT_TOKEN", argument="url")
    return parts


def _check_texts(values: Mapping[str, object]) -> None:
    for argument, value in values.items():
        if not isinstance(value, str):
            raise InputError(f"text, not {type(value).__name__}", argument=argument)
        if re.search("[\ud800-\udfff]", value):
            raise InputError("holds half of a surrogate pair", argument=argument)
