"""The runtimes of the nine languages: how a program is built and run."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import ROOT
from volt.snippets import LANGUAGES

FOLDER = ROOT / "docs/languages"


@dataclass(frozen=True)
class Runtime:
    """What runs a language's program; `{file}` is the source, `{folder}` where it is."""

    commands: str
    packages: str
    run: str
    build: str = ""


RUNTIMES = {
    "csharp": Runtime(
        "mcs mono",
        "mono-mcs mono-runtime libmono-system-net-http4.0-cil "
        "libmono-system-runtime-serialization4.0-cil",
        "mono {folder}/create_message.exe",
        "mcs -r:System.Net.Http -r:System.Runtime.Serialization {file}",
    ),
    "go": Runtime(
        "go", "golang-go", "{folder}/create_message", "go build -o {folder}/create_message {file}"
    ),
    "http": Runtime("nc", "netcat-openbsd", ""),
    "java": Runtime(
        "javac java",
        "default-jdk-headless",
        "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp {folder} CreateMessage",
        "javac {file}",
    ),
    "javascript": Runtime("node", "nodejs", "node {file}"),
    "php": Runtime("php", "php-cli", "php {file}"),
    "python": Runtime("python3", "python3", "python3 {file}"),
    "ruby": Runtime("ruby", "ruby", "ruby {file}"),
    "shell": Runtime("curl", "curl", "sh {file}"),
}
#: All but the HTTP request, which is no program.
PROGRAMS = [language for language in LANGUAGES if language != "http"]


def shown(language: str) -> str:
    """The program of the documents."""
    return (FOLDER / LANGUAGES[language]).read_bytes().decode()


def require(language: str) -> Runtime:
    """Skip, by name, what cannot run here; where everything must run, fail."""
    runtime = RUNTIMES[language]
    missing = [name for name in runtime.commands.split() if not shutil.which(name)]
    if missing:
        reason = f"{language}: no {' and no '.join(missing)}: apt-get install {runtime.packages}"
        if os.environ.get("REQUIRE_ALL_LANGUAGES"):
            pytest.fail(reason)
        pytest.skip(reason)
    return runtime


def run(
    command: Sequence[str | Path], cwd: Path = ROOT, text: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in the plainest locale, with no proxy and nothing fetched from outside."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    plain = {"LC_ALL": "C", "GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    return subprocess.run(
        command,
        cwd=cwd,
        env=kept | plain | variables,
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@dataclass
class Builder:
    """Writes programs down, and compiles each once."""

    scratch: Path
    built: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def build(self, language: str, source: str) -> list[str]:
        """Return the command that runs a program."""
        runtime = require(language)
        if (language, source) not in self.built:
            folder = self.scratch / f"{language}{len(self.built)}"
            folder.mkdir()
            file = folder / LANGUAGES[language]
            file.write_bytes(source.encode())
            if runtime.build:
                ran = run(runtime.build.format(file=file, folder=folder).split(), cwd=folder)
                assert ran.returncode == 0, ran.stdout + ran.stderr
            command = runtime.run.format(file=file, folder=folder).split()
            self.built[language, source] = command
        return self.built[language, source]
