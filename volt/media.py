"""The media of an MMS: what Volt takes, and on request what a URL really holds.

`check` looks at the URLs alone, as `send` does. `inspect` and `inspect_async` ask their servers.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from volt.errors import InputError

__all__ = [
    "ADVISED_BYTES",
    "SUPPORTED_EXTENSIONS",
    "SUPPORTED_TYPES",
    "Inspection",
    "MediaFile",
    "check",
    "inspect",
    "inspect_async",
]

#: JPEG, PNG, GIF and VCF (vCard). Source: the vendor's article.
SUPPORTED_EXTENSIONS = frozenset({"jpg", "jpeg", "jpe", "png", "gif", "vcf"})

#: Their media types. Source: RFC 2046, RFC 2083, RFC 6350; `text/x-vcard` was used before.
SUPPORTED_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "text/vcard", "text/x-vcard"})

#: What carriers advise for the media of one MMS together, in bytes.
ADVISED_BYTES = 600_000

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
#: Types that servers give to files of which they do not know the type; the last is no type at all.
_VAGUE_TYPES = frozenset({"application/octet-stream", "binary/octet-stream", "image/jpg"})
_TAKES = "Volt takes JPEG, PNG, GIF and VCF (vCard)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """What a server says of one URL. Its repr does not show the URL, which may be signed."""

    url: str = field(repr=False)
    content_type: str | None
    """`"image/png"`, in lower case and without parameters; None if the server does not say."""
    size_bytes: int | None
    """None if the server does not say."""
    redirected: bool = False
    """Whether the URL leads to another. It is not known whether Volt follows."""

    @property
    def supported(self) -> bool | None:
        """Whether Volt takes files of this type; None if the server is vague."""
        if self.content_type is None or self.content_type in _VAGUE_TYPES:
            return None
        return self.content_type in SUPPORTED_TYPES

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may keep it from arriving, in words; empty if nothing is known to."""
        found: list[str] = []
        if self.supported is None:
            vague = self.content_type or "no Content-Type"
            found.append(f"its server does not say of which type it is ({vague}); {_TAKES}")
        elif not self.supported:
            found.append(f"it is {self.content_type}; {_TAKES}")
        if self.size_bytes is None:
            found.append("its server does not say how large it is")
        elif self.size_bytes == 0:
            found.append("it is empty")
        if self.redirected:
            found.append("it leads to another URL, and whether Volt follows is not known")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the servers say of the media of one MMS."""

    files: tuple[MediaFile, ...]
    """In the order of the URLs."""

    @property
    def total_bytes(self) -> int | None:
        """The sizes together; None if one of them is not known."""
        sizes = [file.size_bytes for file in self.files if file.size_bytes is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the files, each with its place (`media[0]: …`), and of the sizes together."""
        found = [
            f"media[{index}]: {words}"
            for index, file in enumerate(self.files)
            for words in file.warnings
        ]
        known_bytes = sum(file.size_bytes or 0 for file in self.files)
        if known_bytes > ADVISED_BYTES:
            found.append(
                f"media: {known_bytes:,} bytes in all; carriers advise at most {ADVISED_BYTES:,}"
            )
        return tuple(found)


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


def inspect(
    media: Iterable[str],
    *,
    deadline: float = 10.0,
    allowed_hosts: Collection[str] = (),
    argument: str = "media",
) -> Inspection:
    """Check the URLs of an MMS, and ask their servers for type and size. No file is fetched.

    Each URL costs a HEAD request; a GET of one byte where HEAD is refused. What is seen is what
    this machine sees: Volt fetches the files itself, later, from elsewhere.

    Nothing but the Internet is asked, also when the URLs are a stranger's. A host with an address
    that is not public (private, loopback, link-local, shared, multicast, reserved) is refused, as
    is any port but the scheme's own; so too wherever a URL redirects, three times at most. A name
    is resolved once, and the address that was checked is the one connected to; TLS is verified for
    the name. The environment's proxies are not used, since they would resolve the name again.

    Args:
        media: The URLs.
        deadline: Seconds for each URL in all.
        allowed_hosts: Hosts that are asked whatever their address and port, written `host:port`;
            for tests (`{"127.0.0.1:8000"}`), or a public server with a port of its own.
        argument: What to call `media` in an error.

    Raises:
        InputError: As of `check`; or a URL is refused, or is not answered with HTTP 200. The error
            names the element (`media[0]`), and shows neither its path nor its query.
    """
    from volt import _media_fetch

    return _media_fetch.wait_for(
        inspect_async, media, deadline=deadline, allowed_hosts=allowed_hosts, argument=argument
    )


async def inspect_async(
    media: Iterable[str],
    *,
    deadline: float = 10.0,
    allowed_hosts: Collection[str] = (),
    argument: str = "media",
) -> Inspection:
    """Do what `inspect` does, from a coroutine, on asyncio or trio."""
    from volt import _media_fetch

    return await _media_fetch.inspect_all(
        check(media, argument=argument),
        deadline=deadline,
        allowed_hosts=allowed_hosts,
        argument=argument,
    )


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
