"""Install the programs that tests need from the system's packages, where they are missing.

Usage: `system_packages.py postgresql chromium fonts pango`.  Where the user may not install
packages, or the system is not Debian's kind, one sentence names what to install.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.chromium import find_chromium  # noqa: E402 - the path is set just above
from tests.support.postgres import find_programs  # noqa: E402


@dataclass(frozen=True)
class Need:
    """Something that tests need, how to see whether it is there, and the packages that bring it."""

    packages: tuple[str, ...]
    is_there: Callable[[], bool]


def has_postgresql() -> bool:
    """Tell whether tests can use a server that is running, or start one."""
    return bool(os.environ.get("EDC_TEST_PG")) or find_programs() is not None


def has_chinese_font() -> bool:
    """Tell whether the system can draw Chinese."""
    if shutil.which("fc-list") is None:
        return False
    answer = subprocess.run(
        ["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False
    )
    return bool(answer.stdout.strip())


def has_pango() -> bool:
    """Tell whether PDFs can be set: WeasyPrint loads these libraries of the system."""
    return all(map(ctypes.util.find_library, ("pangoft2-1.0", "harfbuzz-subset")))


NEEDS = {
    "postgresql": Need(("postgresql",), has_postgresql),
    "chromium": Need(("chromium",), lambda: find_chromium() is not None),
    "fonts": Need(("fonts-noto-cjk",), has_chinese_font),
    "pango": Need(("libpangoft2-1.0-0", "libharfbuzz-subset0"), has_pango),
}


def installer() -> list[str] | None:
    """Return the start of a command that installs packages without asking, if there is one."""
    if shutil.which("apt-get") is None:
        return None
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    if os.geteuid() == 0:
        return apt
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(
        ["sudo", "--non-interactive", "true"], capture_output=True, check=False
    )
    return ["sudo", "--non-interactive", *apt] if allowed.returncode == 0 else None


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program and keep what it says."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def install(packages: list[str]) -> str | None:
    """Install packages, with a newer list of them if theirs is unknown; return what went wrong."""
    apt = installer()
    if apt is None:
        return "this user may not install packages here"
    print(f"Installing {', '.join(packages)} from the system's packages …", end="", flush=True)
    started = time.monotonic()
    command = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    result = run(command)
    if result.returncode != 0:
        # A new machine has no list of packages yet, an old one a list of what is gone.
        run([*apt, "update"])
        result = run(command)
    print(f" {time.monotonic() - started:.1f} s", flush=True)
    if result.returncode != 0:
        print(*result.stdout.splitlines()[-15:], sep="\n", file=sys.stderr)
        return "apt-get could not install them"
    return None


def main(names: list[str]) -> int:
    """Install what is missing of the things named."""
    missing = [NEEDS[name] for name in names if not NEEDS[name].is_there()]
    if not missing:
        return 0
    trouble = install([package for need in missing for package in need.packages])
    still = [package for need in missing if not need.is_there() for package in need.packages]
    if not still:
        return 0
    print(
        f"The tests need {', '.join(still)}, and {trouble or 'they were not found afterwards'}:"
        f" install what is missing (Debian, Ubuntu: apt-get install {' '.join(still)})"
        " and run the same command again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
