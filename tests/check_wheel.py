"""`make check-wheel`: the built package, as a user gets it, in a fresh environment.

Bare first, then with the extras; both send a text. Nothing of the repository is on its path.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
SEND = """
import sys
from volt import Message, Volt

with Volt(token="sandbox", url=sys.argv[1], from_="+15555550123") as client:
    message: Message = client.send("+15555550145", "from the wheel")
print(message.body, message.status)
"""
SNIPPETS = """
import json
from volt.snippets import LANGUAGES, render

print(json.dumps({name: render(language) for language, name in LANGUAGES.items()}))
"""
DIFF = """
import os, sys
from volt.schema.__main__ import main

os.environ |= {"VOLT_TOKEN": "sandbox", "VOLT_API_URL": sys.argv[1]}
sys.exit(main(["diff"]))
"""
FIXTURE = """
from volt import Volt

def test_it(volt_sandbox):
    with Volt() as client:
        client.send("+15555550145", "from the wheel")
    assert volt_sandbox.last_message.body == "from the wheel"
"""
LONDON = "from volt import e164; print(e164.parse('020 7946 0958', default_region='GB'))"


def run(*command: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of this project in its environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VOLT_"))}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=check
    )


def expect(condition: object, what: str) -> None:
    """Say what holds, or end with what does not."""
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    print(f"ok: {what}")


def send_to_sandbox(python: Path, sandbox_python: Path, cwd: Path) -> None:
    """Start the sandbox of one environment, and send to it with the client of another."""
    sandbox = subprocess.Popen(
        [sandbox_python, "-m", "volt.sandbox", "--port", "0"],
        cwd=cwd,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sandbox.stdout is not None
        url = sandbox.stdout.readline().removeprefix("Volt sandbox: ").strip()
        with urlopen(url.replace("/graphql", "/_sandbox/page/app.js"), timeout=10) as page:
            expect(b"import" in page.read(), "the sandbox serves its page")
        sent = run(python, "-c", SEND, url, cwd=cwd)
        expect(sent.stdout == "from the wheel queued\n", "a text travels to the sandbox and back")
        if python == sandbox_python:
            compared = run(python, "-c", DIFF, url, cwd=cwd).stdout
            expect("nothing breaks" in compared, "the wheel's schema is the one it serves")
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=10)


def main() -> None:
    """Build, install, use."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pip = (sys.executable, "-m", "pip", "--quiet")
        run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
        (wheel,) = folder.glob("*.whl")
        names = set(ZipFile(wheel).namelist())
        for name in ("volt/py.typed", "volt_graphql/py.typed", "volt/contract/schema.graphql",
                     "volt/contract/queries/create_message.graphql", "volt/sandbox/__main__.py",
                     "volt/sandbox/page/index.html", "volt/sandbox/page/app.js"):  # fmt: skip
            expect(name in names, f"the wheel holds {name}")
        tops = {name.split("/")[0] for name in names}
        expect(
            {top for top in tops if not top.endswith(".dist-info")} == {"volt", "volt_graphql"},
            "the wheel holds volt and volt_graphql, and nothing else",
        )

        venv = folder / "venv"
        run(sys.executable, "-m", "venv", venv, cwd=folder)
        python, volt = venv / "bin/python", venv / "bin/volt"
        install = (*pip, "--python", python, "install")
        run(*install, wheel, cwd=folder)
        programs = json.loads(run(python, "-c", SNIPPETS, cwd=folder).stdout)
        expect(
            len(programs) == 9
            and all(
                (ROOT / "docs/languages" / name).read_bytes() == program.encode()
                for name, program in programs.items()
            ),
            "bare, it writes the nine programs of docs/languages",
        )
        (folder / "user.py").write_text(SEND)
        checked = run(
            sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "user.py",
            cwd=folder, check=False,
        )  # fmt: skip
        expect(checked.returncode == 0, f"a user's script type-checks: {checked.stdout.strip()}")
        for command, code in (
            ((python, "-m", "volt.sandbox"), 2),
            ((volt, "sandbox"), 2),
            ((volt, "schema", "diff"), 5),
        ):
            refused = run(*command, cwd=folder, check=False)
            expect(
                refused.returncode == code
                and refused.stderr.count("\n") == 1
                and "pip install 'volt-sms[sandbox]'" in refused.stderr,
                f"bare, {Path(command[-1]).name} names the missing install in one line",
            )
        refused = run(volt, "send", "--to", "+15555550145", cwd=folder, check=False)
        expect(
            refused.returncode == 2
            and refused.stderr.count("\n") == 1
            and refused.stderr.endswith("pip install 'volt-sms[cli]'\n"),
            "bare, volt send names the missing install in one line",
        )
        london = (python, "-c", LONDON)
        expect(
            "pip install 'volt-sms[numbers]'" in run(*london, cwd=folder, check=False).stderr,
            "bare, a London number names the missing install",
        )
        send_to_sandbox(python, Path(sys.executable), folder)
        (folder / "test_user.py").write_text(FIXTURE)
        run(*install, "pytest", cwd=folder)
        tested = (python, "-m", "pytest", "-W", "error", "test_user.py")
        expect(
            "pip install 'volt-sms[sandbox]'" in run(*tested, cwd=folder, check=False).stdout,
            "bare, the fixture volt_sandbox is there, and names the missing install",
        )

        run(*install, f"{ROOT}[cli]", cwd=folder)
        number = run(volt, "number", "(555) 555-0145", cwd=folder).stdout
        expect(json.loads(number)["e164"] == "+15555550145", "with the extra cli, volt runs")
        unsigned = ("--key", "x", "--id", "x", "--timestamp", "1", "--signature", "x")
        refused = run(volt, "webhook", "verify", "user.py", *unsigned, cwd=folder, check=False)
        expect(
            "pip install 'volt-sms[webhooks]'" in refused.stderr,
            "without the extra webhooks, its verify names the install",
        )
        run(*install, f"{ROOT}[sandbox,cli,numbers,webhooks]", cwd=folder)
        expect(run(*london, cwd=folder).stdout == "+442079460958\n", "with it, it is read")
        send_to_sandbox(python, python, folder)
        expect("1 passed" in run(*tested, cwd=folder).stdout, "and a test has a sandbox of its own")
        version = run(volt, "--version", cwd=folder).stdout.strip()
        expect(version in wheel.name, f"volt --version says {version}")


if __name__ == "__main__":
    main()
