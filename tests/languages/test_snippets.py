"""volt.snippets: whatever the text, every program is whole, and sends it as it is."""

import itertools
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Sandbox
from tests.languages.runtimes import PROGRAMS, RUNTIMES, Builder, require, run
from volt import InputError
from volt.snippets import LANGUAGES, render
from volt.snippets._literals import LITERALS, json_text
from volt_graphql import CREATE_MESSAGE

# What a program might take for something else, alone, by twos and by threes; then whole words.
SPECIAL = (
    "\"'`\\$#{}@/<>%&?!~*()[];|^=\n\r\t\0\x07\x1b\x7f u0n7xN\N{LINE SEPARATOR}\N{GRINNING FACE}"
)
WORDS = [
    "\\u0022);//", "\\", "#{`id`}", "#$0", "$(id)", "${HOME}", "{$to}", "{{to}}", "@to@", "@body@",
    "%s%n%d", "\nJSON\n", "\nGRAPHQL\n", "\nHEADER\n", "'''", '"""', "</script>", "<?php ?>", "*/",
    "\r\n", "Gr\u00fc\u00dfe", "\N{FAMILY}\N{ZERO WIDTH JOINER}", "\N{RIGHT-TO-LEFT OVERRIDE}x",
    "e\N{COMBINING ACUTE ACCENT}", "\N{ZERO WIDTH NO-BREAK SPACE}", "<token>", "Authorization: x",
]  # fmt: skip
#: Every character of the first blocks, then those on both sides of each edge of Unicode's encodings.
CHARACTERS = "".join(
    map(
        chr,
        itertools.chain(
            range(0x3000), range(0xD7F0, 0xD800), range(0xE000, 0xE010), range(0xFDD0, 0xFDF0),
            range(0xFEF0, 0x10010), range(0x1F600, 0x1F650), range(0xE0000, 0xE0080),
            range(0x10FFF0, 0x110000),
        ),
    )
)  # fmt: skip
NASTY = "".join(
    [
        *WORDS,
        *("".join(pair) for pair in itertools.product(SPECIAL, repeat=2)),
        *("".join(three) for three in itertools.product("\\\"'$#{u0\n", repeat=3)),
        CHARACTERS,
    ]
)
NASTY_MEDIA = ["https://example.com/" + "".join(re.findall(r"\S", word)) for word in WORDS]


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_nastiest_text_arrives_as_it_was_given(
    language: str, builder: Builder, sandbox: Sandbox
) -> None:
    """Every character and every dangerous neighbourhood, in one message, run for real."""
    given = {"to": "+15555550100", "body": NASTY, "media": NASTY_MEDIA}
    command = builder.build(language, render(language, url=sandbox.url, **given))  # type: ignore[arg-type]
    ran = run(command, VOLT_TOKEN="sandbox")
    assert ran.returncode == 0, ran.stderr[:2000]
    (message,) = sandbox.messages
    variables = message["variables"]
    assert variables.pop("body") == NASTY  # apart, to fail without printing it twice
    assert variables == {"to": "+15555550100", "from": "+15555550123", "media": NASTY_MEDIA}


# Each language by itself, on texts that hypothesis thinks of, many to a process.

TEXTS = st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=80)
ECHO = {
    "javascript": "console.log(JSON.stringify([{}]))",
    "php": "<?php echo json_encode([{}], JSON_THROW_ON_ERROR);",
    "python": "import json; print(json.dumps([{}]))",
    "ruby": "require 'json'; puts JSON.generate([{}])",
}


@pytest.mark.parametrize("language", ECHO)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS)
def test_a_literal_is_read_as_its_text(language: str, texts: list[str], tmp_path: Path) -> None:
    """By the language itself."""
    runtime = require(language)
    file = tmp_path / LANGUAGES[language]
    program = ECHO[language].replace("{}", ",\n".join(map(LITERALS[language], texts)))
    file.write_bytes(program.encode())
    ran = run(runtime.run.format(file=file).split())
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == texts


@settings(max_examples=10)
@given(texts=TEXTS)
def test_the_shell_hands_on_the_request_as_it_is(texts: list[str]) -> None:
    """Its here-document is JSON, which ends on no line of its own."""
    request = r"request\(\) \{\n.*?\nJSON\n\}\n"
    programs = [render("shell", body=text) for text in texts]
    script = "".join(
        f"{found[0]}request\n"
        for program in programs
        if (found := re.search(request, program, re.DOTALL))
    )
    ran = run(["sh"], text=script)
    assert (ran.returncode, ran.stderr) == (0, "")
    decoder, at, bodies = json.JSONDecoder(), 0, []
    while at < len(ran.stdout):
        value, end = decoder.raw_decode(ran.stdout, at)
        bodies.append(value["variables"]["body"])
        at = end + 1
    assert bodies == texts


@given(to=st.text(), body=st.text(st.characters(codec="utf-8")), media=TEXTS)
def test_the_http_request_counts_its_bytes(to: str, body: str, media: list[str]) -> None:
    """Whatever is in it; its head is not changed by it."""
    to = to.encode("utf-8", "ignore").decode()
    head, _, content = render("http", to=to, body=body, media=media).partition("\r\n\r\n")
    length = len(content.encode())
    assert head.splitlines() == [
        "POST /graphql HTTP/1.1",
        "Host: api.respondflow.com",
        "Authorization: Bearer <token>",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        "Connection: close",
    ]
    assert json.loads(content) == {
        "query": CREATE_MESSAGE.document,
        "variables": {"to": to, "from": "+15555550123", "body": body, "media": media},
    }


def test_the_http_request_goes_where_the_url_says() -> None:
    """With its port and its query."""
    request = render("http", url="http://127.0.0.1:8026/v1.0/graphql?a=1")
    assert request.startswith("POST /v1.0/graphql?a=1 HTTP/1.1\r\nHost: 127.0.0.1:8026\r\n")
    assert render("http", url="https://volt.example").startswith("POST / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("language", "literal"),
    [
        ("csharp", r'"\"\\$#\n\u0000\u007f\u00fc\u2028\U0001f600\U000e0041"'),
        ("go", r'"\"\\$#\n\u0000\u007fü\u2028😀\U000e0041"'),
        ("java", r'"\"\\$#\n\u0000\u007f\u00fc\u2028\ud83d\ude00\udb40\udc41"'),
        ("javascript", r'"\"\\$#\n\u{0}\u{7f}ü\u{2028}😀\u{e0041}"'),
        ("php", r'"\"\\\$#\n\u{0}\u{7f}ü\u{2028}😀\u{e0041}"'),
        ("python", r'"\"\\$#\n\u0000\u007fü\u2028😀\U000e0041"'),
        ("ruby", r'"\"\\$\#\n\u{0}\u{7f}ü\u{2028}😀\u{e0041}"'),
    ],
)
def test_a_literal_is_as_readable_as_its_language_allows(language: str, literal: str) -> None:
    """What can be read stands as it is, except where a compiler may guess another encoding."""
    assert LITERALS[language]('"\\$#\n\0\x7fü\u2028😀\U000e0041') == literal


def test_json_escapes_what_cannot_be_seen() -> None:
    """And nothing else."""
    assert json_text("ü😀 \x7f\u2028\U000e0041") == r'"ü😀 \u007f\u2028\udb40\udc41"'


# The document.


def test_the_document_is_the_one_that_the_client_sends_and_stands_raw_in_every_language() -> None:
    """A quote, a backslash or the like in it would need a literal of its own."""
    for language in LANGUAGES:
        program = render(language)
        if language in {"http", "shell"}:
            assert json.dumps(CREATE_MESSAGE.document) in program
        else:
            lines = [line.strip() for line in CREATE_MESSAGE.document.splitlines()]
            assert "\n".join(lines) in "\n".join(line.strip() for line in program.splitlines())
    assert not re.search(r"[\"'\\`]|\$\{|^GRAPHQL$", CREATE_MESSAGE.document, re.MULTILINE)


# What is asked for.


@pytest.mark.parametrize(
    ("name", "language"),
    [(name, name) for name in LANGUAGES]
    + [
        ("C#", "csharp"), ("cs", "csharp"), ("golang", "go"), ("Java ", "java"), ("node", "javascript"),
        ("Node.js", "javascript"), ("js", "javascript"), ("PHP", "php"), ("py", "python"), ("rb", "ruby"),
        ("curl", "shell"), ("bash", "shell"), ("sh", "shell"), ("raw", "http"),
    ],
)  # fmt: skip
def test_a_language_has_the_names_that_people_use(name: str, language: str) -> None:
    """In any case."""
    assert render(name) == render(language)


def test_every_language_can_be_run_by_a_test() -> None:
    """So a new one comes with its runtime."""
    assert LANGUAGES.keys() == RUNTIMES.keys() == LITERALS.keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"language": "rubby"}, "language: no program in that language: did you mean ruby?"),
        ({"language": "COBOL"}, "language: no program in that language: there are csharp, go, "),
        ({"language": None}, "language: text, not NoneType"),
        ({"body": "secret \ud83d"}, "body: holds half of a surrogate pair"),
        ({"to": 15555550145}, "to: text, not int"),
        ({"from_": b"+1"}, "from_: text, not bytes"),
        ({"media": "https://example.com/a.png"}, "media: a list of URLs, not a string"),
        ({"media": ["https://example.com/a.png", 1]}, "media[1]: text, not int"),
        ({"url": "volt.example/graphql"}, "url: no whole URL: write it as https://"),
        ({"url": "file:///etc/passwd"}, "url: no whole URL"),
        ({"url": "https://volt.example/\r\nX: y"}, "url: no whole URL"),
        ({"url": 'https://volt.example/"'}, "url: no whole URL"),
        ({"url": "https://volt.example:x/"}, "url: no whole URL"),
        ({"url": "https://[volt/"}, "url: no whole URL"),
        ({"url": "https://me:pw@volt.example/"}, "url: leave user and password out"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(
    arguments: dict[str, object], message: str
) -> None:
    """And not repeated."""
    with pytest.raises(InputError) as raised:
        render(**{"language": "python"} | arguments)  # type: ignore[arg-type]
    assert str(raised.value).startswith(message)
    assert raised.value.argument == message.partition(":")[0]
    assert "secret" not in repr(raised.value)


def test_the_url_stands_in_a_literal_too(builder: Builder, sandbox: Sandbox) -> None:
    """Shell would read an apostrophe in it, or a dollar sign."""
    url = f"{sandbox.url}?a='$HOME;$(id)&b=!*"
    for language in ("shell", "php", "ruby", "python"):
        ran = run(builder.build(language, render(language, url=url)), VOLT_TOKEN="sandbox")
        assert (ran.returncode, ran.stderr) == (0, ""), language
