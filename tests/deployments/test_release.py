"""A release: what lies in `changes/` becomes the changelog, and the version stands in one place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from deployments.release import ROOT, fragments, release
from qorum.errors import QorumError

CHANGELOG = """# Changelog

## [Unreleased]

### Fixed
- An old fault.

## [0.1.0] - 2025-01-01
- First.
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes/README.md").write_text("# What a release changes\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "0.1.0"\n')
    return tmp_path


def test_fragments_are_joined_under_the_version_and_removed(checkout: Path):
    (checkout / "changes/b.fixed.md").write_text("- A second fault.\n")
    (checkout / "changes/a.fixed.md").write_text("- A first fault.\n")
    (checkout / "changes/c.added.md").write_text("- Something.\n")
    release(checkout, "0.2.0", date(2026, 5, 4))
    told = (checkout / "CHANGELOG.md").read_text()
    assert told == (
        "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-05-04\n\n### Fixed\n"
        "- A first fault.\n- A second fault.\n- An old fault.\n\n### Added\n- Something.\n"
        "\n## [0.1.0] - 2025-01-01\n- First.\n"
    )
    assert 'version = "0.2.0"' in (checkout / "pyproject.toml").read_text()
    assert [file.name for file in (checkout / "changes").iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("name", "text", "version", "words"),
    [
        ("a.mended.md", "- x", "0.2.0", "KIND one of added"),
        ("fixed.md", "- x", "0.2.0", "NAME.KIND.md expected"),
        ("a.fixed.md", "x", "0.2.0", "bullets expected"),
        ("a.fixed.md", "- x", "two", "a version such as"),
    ],
)
def test_what_is_not_as_expected_changes_nothing(
    checkout: Path, name: str, text: str, version: str, words: str
):
    (checkout / "changes" / name).write_text(text)
    with pytest.raises(QorumError, match=words):
        release(checkout, version, date(2026, 5, 4))
    assert (checkout / "CHANGELOG.md").read_text() == CHANGELOG
    assert (checkout / "changes" / name).exists()


def test_what_lies_in_changes_here_can_be_joined():
    assert all(file.suffix == ".md" for files in fragments(ROOT / "changes").values() for file in files)
