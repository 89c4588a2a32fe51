"""`volt number`, `volt segments` and `volt snippet`: what can be told without asking Volt."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from volt import e164
from volt.cli._exit import Exit
from volt.cli._output import Output, card, complain, shown, table
from volt.cli._parameters import JSON, BodyFile, Media
from volt.errors import InputError

if TYPE_CHECKING:
    from volt import segments as segment_rules


def number(
    numbers: Annotated[list[str], Parameter("NUMBER", negative=())],
    /,
    *,
    region: Annotated[str, Parameter("--region", metavar="CODE")] = "US",
    details: Annotated[bool, Parameter("--details", negative=())] = False,
    json: JSON = False,
) -> int:
    """Bring phone numbers into E.164 form.

    It exits with 2 if one of them is no phone number; the others are shown all the same.

    For example:
      volt number "(555) 555-0145"
      volt number --region GB "020 7946 0958" --details

    Args:
        numbers: The numbers, as people write them.
        region: The country of numbers without +, as two letters. Others than US and CA need the
            extra volt-sms[numbers].
        details: Say more of each: country, kind, and whether it is possible. It needs the extra.
    """
    output = Output(json=json)
    worst = Exit.DONE
    facts: list[e164.NumberInfo] = []
    for given in numbers:
        try:
            if details:
                facts.append(e164.describe(given, default_region=region, argument="NUMBER"))
            parsed = e164.parse(given, default_region=region, argument="NUMBER")
        except InputError as error:
            worst = Exit.USAGE
            complain(f"volt number: {error}")
            continue
        if output.is_json:
            value: dict[str, object] = {"number": given, "e164": parsed}
            output.json(value | (_details(facts[-1]) if details else {}))
        elif not details:
            print(parsed)
    if facts and not output.is_json:
        made = table("e164", "international", "country", "kind", "possible")
        for info in facts:
            possible = "yes" if info.possible else "no"
            made.add_row(info.e164, info.international, info.region, info.kind, possible)
        output.show(made)
    return worst


def _details(info: e164.NumberInfo) -> dict[str, object]:
    return {
        "international": info.international,
        "national": info.national,
        "country_code": info.country_code,
        "region": info.region,
        "kind": info.kind,
        "possible": info.possible,
    }


def segments(
    text: Annotated[str | None, Parameter("TEXT", allow_leading_hyphen=True)] = None,
    /,
    *,
    body_file: BodyFile = None,
    gsm: Annotated[bool, Parameter("--gsm", negative=())] = False,
    letters: Annotated[bool, Parameter("--letters", negative=())] = False,
    json: JSON = False,
) -> int:
    """Count the segments that a text costs, and say why.

    One character outside the GSM alphabet puts the whole text into UCS-2, which holds less than
    half as much. Such characters are listed, with what could stand in their place.

    For example:
      volt segments "Your table is ready."
      volt segments --body-file menu.txt --gsm

    Args:
        text: The text; - reads it from standard input.
        gsm: Bring it into GSM-7 first, where that can be done, and show what that changes.
            Digits and links are never altered.
        letters: With --gsm, also spell letters that GSM-7 does not have with others: ç as c.
    """
    from volt import segments as rules
    from volt.cli._reading import read_text

    if text and text.startswith("--"):
        raise InputError(
            "no such option; read a text that begins like one from standard input", argument="TEXT"
        )
    output = Output(json=json)
    content = read_text(text, body_file, argument="TEXT")
    made = rules.to_gsm(content, letters=letters) if gsm or letters else None
    split = rules.split(made.text if made else content)
    if output.is_json:
        output.json(_split_facts(split, made))
        return Exit.DONE
    unit = "septets" if split.encoding == "GSM-7" else "UTF-16 units"
    facts: dict[str, object] = {
        "segments": split.count,
        "encoding": split.encoding,
        "length": f"{split.units} {unit}",
        "left": f"{split.remaining} in the last segment",
    }
    if made and made.changes:
        facts["text"] = made.text
    output.show(card(facts))
    odd = made.changes if made else ()
    if odd:
        _show_odd(output, "Replaced", odd)
    if split.non_gsm:
        _show_odd(output, "Outside GSM-7", split.non_gsm)
    return Exit.DONE


def _show_odd(output: Output, title: str, odd: "tuple[segment_rules.NonGsm, ...]") -> None:
    from rich.text import Text

    made = table("at", "character", "instead", "which is")
    for entry in odd[:20]:
        instead = "" if entry.replacement is None else entry.replacement or "nothing"
        made.add_row(
            str(entry.position),
            Text(shown(entry.text)),
            Text(instead),
            f"{entry.name} ({entry.kind})",
        )
    output.show(Text(f"\n{title}\n", "bold"))
    output.show(made)
    if more := len(odd) - 20:
        output.show(f"and {more} more") if more > 0 else None


def _split_facts(
    split: "segment_rules.SplitText", made: "segment_rules.GsmText | None"
) -> dict[str, object]:
    value: dict[str, object] = {
        "segments": split.count,
        "encoding": split.encoding,
        "units": split.units,
        "remaining": split.remaining,
        "non_gsm": [_odd_facts(entry) for entry in split.non_gsm],
    }
    if made:
        value |= {"text": made.text, "changes": [_odd_facts(entry) for entry in made.changes]}
    return value


def _odd_facts(entry: "segment_rules.NonGsm") -> dict[str, object]:
    return {
        "position": entry.position,
        "text": entry.text,
        "name": entry.name,
        "kind": entry.kind,
        "replacement": entry.replacement,
    }


def snippet(
    language: Annotated[str, Parameter("LANGUAGE")],
    /,
    *,
    to: Annotated[str | None, Parameter("--to", metavar="NUMBER")] = None,
    from_: Annotated[str | None, Parameter("--from", metavar="NUMBER")] = None,
    body: Annotated[str | None, Parameter("--body", metavar="TEXT")] = None,
    body_file: BodyFile = None,
    media: Media = None,
) -> int:
    """Write a send as a program in another language.

    The languages are those of the vendor's article: csharp, go, http, java, javascript, php,
    python, ruby, shell. The program needs nothing but its language, and reads the token from
    VOLT_TOKEN. It sends once: what this client does when things fail, it does not.

    For example:
      volt snippet go --to "(555) 555-0145" --body "Your table is ready." > send.go

    Args:
        language: The language, or another name for it, such as node or curl.
        to: The recipient; else that of the vendor's example.
        from_: The sender; else VOLT_FROM, else that of the vendor's example.
        body: The text; - reads it from standard input. Else that of the vendor's example.
    """
    import sys

    from volt import media as media_rules
    from volt import snippets
    from volt.cli import _settings
    from volt.cli._reading import read_text

    settings = _settings.load()
    given: dict[str, object] = {"media": media_rules.check(media or [], argument="--media")}
    if to is not None:
        given["to"] = e164.parse(to, argument="--to")
    if from_ is not None or settings.from_ is not None:
        given["from_"] = settings.sender(from_)
    if body is not None or body_file is not None:
        given["body"] = read_text(body, body_file)
    if settings.url is not None:
        given["url"] = settings.url
    program = snippets.render(language, **given)  # type: ignore[arg-type]
    sys.stdout.flush()
    sys.stdout.buffer.write(
        program.encode()
    )  # the raw HTTP request has CR LF, which print may change
    sys.stdout.buffer.flush()
    return Exit.DONE
