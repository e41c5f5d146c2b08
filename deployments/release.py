"""`python -m deployments.release VERSION`: a release's version, and its changelog from `changes/`.

Writes `CHANGELOG.md` and `pyproject.toml`, removes the joined files, and says which git commands remain. It
commits, tags and sends nothing itself.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from qorum.errors import QorumError

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
UNRELEASED = "## [Unreleased]"
VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
VERSION_LINE = re.compile(r'^version = ".*"$', re.MULTILINE)


def fragments(folder: Path) -> dict[str, list[Path]]:
    """The files of `changes/` by kind, in alphabetical order.

    Raises:
        QorumError: a file's name has no known kind, or it holds no bullets.
    """
    found: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    for file in sorted(folder.glob("*.md")):
        if file.name == "README.md":
            continue
        kind = file.name.split(".")[-2]
        if file.name.count(".") != 2 or kind not in found:
            raise QorumError(f"{file}: NAME.KIND.md expected, KIND one of {', '.join(KINDS)}")
        if not file.read_text().startswith("- "):
            raise QorumError(f"{file}: bullets expected, each beginning with '- '")
        found[kind].append(file)
    return found


def joined(changelog: str, changes: dict[str, list[Path]], version: str, day: date) -> str:
    """The changelog with what is unreleased under the version, each fragment in the section of its kind.

    Raises:
        QorumError: it has no heading of what is unreleased.
    """
    before, heading, rest = changelog.partition(f"{UNRELEASED}\n")
    if not heading:
        raise QorumError(f"CHANGELOG.md: a line {UNRELEASED!r} expected, found none")
    unreleased, next_release, older = rest.partition("\n## [")
    for kind, files in changes.items():
        if not files:
            continue
        bullets = "\n".join(file.read_text().strip() for file in files)
        title = f"### {kind.capitalize()}\n"
        if title in unreleased:
            unreleased = unreleased.replace(title, f"{title}{bullets}\n", 1)
        else:
            unreleased = f"{unreleased.rstrip()}\n\n{title}{bullets}\n"
    return f"{before}{heading}\n## [{version}] - {day.isoformat()}\n{unreleased}{next_release}{older}"


def release(root: Path, version: str, day: date) -> None:
    """Write a release's changelog and version into the checkout at `root`.

    Raises:
        QorumError: the version is none, or something is not as it is expected; nothing is written then.
    """
    if not VERSION.fullmatch(version):
        raise QorumError(f"a version such as 0.2.0 or 0.2.0rc1 expected, found {version!r}")
    changes = fragments(root / "changes")
    changelog, project = root / "CHANGELOG.md", root / "pyproject.toml"
    told = joined(changelog.read_text(), changes, version, day)
    settings, times = VERSION_LINE.subn(f'version = "{version}"', project.read_text())
    if times != 1:
        raise QorumError(f'{project}: one line version = "…" expected, found {times}')
    changelog.write_text(told)
    project.write_text(settings)
    for files in changes.values():
        for file in files:
            file.unlink()


def main(arguments: list[str]) -> int:
    """Returns 0, or 2 where nothing was written."""
    if len(arguments) != 1:
        print(f"usage: python -m {__spec__.name if __spec__ else __name__} VERSION", file=sys.stderr)
        return 2
    (version,) = arguments
    try:
        release(ROOT, version, datetime.now(UTC).date())
    except QorumError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"read CHANGELOG.md, then:\n  git commit -am 'Release {version}'\n  git tag v{version}")
    print(f"  git push origin HEAD v{version}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
