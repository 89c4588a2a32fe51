"""Media: what surely cannot be sent is refused here, the rest is Volt's to judge."""

import pytest

from volt import media
from volt.errors import InputError


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "https://example.com/a.JPEG?size=2",
        "http://example.com/card.vcf#x",
        "https://example.com/signed?key=a.mp4",
        "https://example.com/files/8f14e45f",
        "https://example.com/v1.2/picture",
        "https://example.com/image.php",
        "https://example.com",
    ],
)
def test_a_supported_or_unknown_type_passes(url: str) -> None:
    """Signed URLs have no extension, so a missing one proves nothing."""
    assert media.check([url]) == [url]


@pytest.mark.parametrize("extension", ["mp4", "pdf", "webp", "MP3", "svg", "zip"])
def test_a_type_known_to_be_unsupported_is_refused(extension: str) -> None:
    """Volt takes JPEG, PNG, GIF and VCF; the error says so and names the element."""
    with pytest.raises(
        InputError, match=r"media\[1\]: Volt does not take .*JPEG, PNG, GIF and VCF"
    ):
        media.check(["https://example.com/a.png", f"https://example.com/a.{extension}"])


@pytest.mark.parametrize(
    "url", ["", "a.jpg", "/a.jpg", "ftp://a/b.jpg", "data:image/png;base64,xx", "file:///a.jpg",
            "https://", "https:///a.jpg", "https://a:port/b.jpg", "https://a:99999/b.jpg", "https://a/\u200bb.jpg", "https://a b/c.jpg", "https://a/\nb.jpg", "https://[/a.jpg"]
)  # fmt: skip
def test_something_that_is_no_public_url_is_refused(url: str) -> None:
    """Volt fetches the media itself, so it needs http or https and a host."""
    with pytest.raises(InputError, match=r"media\[0\]: not a public URL"):
        media.check([url])


@pytest.mark.parametrize("given", ["https://example.com/a.jpg", b"https://example.com/a.jpg"])
def test_a_string_instead_of_a_list_is_refused(given: object) -> None:
    """Otherwise every letter would be taken for a URL."""
    with pytest.raises(InputError, match=r"write media=\[url\]"):
        media.check(given)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [None, 7])
def test_something_that_is_no_list_is_refused(given: object) -> None:
    """With the argument's name."""
    with pytest.raises(InputError, match="media: a list of URLs"):
        media.check(given)  # type: ignore[arg-type]


def test_an_element_that_is_no_text_is_refused() -> None:
    """With its place in the list."""
    with pytest.raises(InputError, match=r"media\[0\]: a URL is text, not int"):
        media.check([7])  # type: ignore[list-item]


def test_any_iterable_becomes_a_list() -> None:
    """A tuple or a generator does as well, and is read once."""
    assert media.check(url for url in ("https://a.example/x.gif",)) == ["https://a.example/x.gif"]
