"""The media of an MMS: what Volt takes."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from volt.errors import InputError

__all__ = ["SUPPORTED_EXTENSIONS", "check"]

#: JPEG, PNG, GIF and VCF (vCard). Source: the vendor's article.
SUPPORTED_EXTENSIONS = frozenset({"jpg", "jpeg", "jpe", "png", "gif", "vcf"})

#: Extensions that surely name something else. Others, and none, pass: signed URLs have none.
_UNSUPPORTED_EXTENSIONS = frozenset(
    (
        "apng avif bmp heic heif ico jp2 jxl psd svg tif tiff webp "  # images
        "3g2 3gp avi flv m4v mkv mov mp4 mpeg mpg ogv webm wmv "  # video
        "aac aiff amr flac m4a mid midi mp3 oga ogg opus wav wma "  # audio
        "csv doc docx htm html ics json key md odt pages pdf ppt pptx rtf txt xls xlsx xml "
        "7z apk bz2 dmg exe gz iso jar js msi rar tar tgz xz zip"
    ).split()
)


def check(media: Iterable[str], *, argument: str = "media") -> list[str]:
    """Check the URLs of an MMS, without fetching any, and return them as a list.

    Raises:
        InputError: `media` is a string; or an element is no http(s) URL, or names a file of a type
            that Volt does not take.
    """
    if isinstance(media, (str, bytes)):
        raise InputError("a list of URLs, not a string: write media=[url]", argument=argument)
    if not isinstance(media, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"a list of URLs, not {type(media).__name__}", argument=argument)
    urls = list(media)
    for index, url in enumerate(urls):
        _check_url(url, f"{argument}[{index}]")
    return urls


def _check_url(url: object, argument: str) -> None:
    if not isinstance(url, str):
        raise InputError(f"a URL is text, not {type(url).__name__}", argument=argument)
    try:
        parts = urlsplit(url)
        scheme, host, path, _ = parts.scheme, parts.hostname, parts.path, parts.port
    except ValueError:
        scheme, host, path = "", None, ""
    readable = url.isprintable() and " " not in url
    if not host or scheme not in ("http", "https") or not readable:
        raise InputError("not a public URL: begin with https:// and a host", argument=argument)
    name = path.rpartition("/")[2]
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension in _UNSUPPORTED_EXTENSIONS:
        raise InputError(
            f"Volt does not take .{extension} files; it takes JPEG, PNG, GIF and VCF (vCard)",
            argument=argument,
        )
