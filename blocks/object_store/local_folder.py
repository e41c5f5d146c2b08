"""Objects as files of a folder: the default, and the store of tests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import Field, field_validator

from blocks.object_store._base import ObjectStore, checked_key, checked_prefix
from qorum.errors import StorageUnfit

UNFINISHED = ".unfinished"
"""Folder of files being written. Not a key's first part: what lies here is not yet an object."""


class LocalFolder(ObjectStore):
    """A folder on a file system with hard links (any usual one of Linux or macOS).

    An object is written aside, flushed to disk and then given its name in one step, so that a
    crash leaves the whole object or none. Unlike on S3, a key cannot also be the folder of others.
    """

    _block_type_name = "Local object store"
    _block_type_slug = "local-object-store"
    _description = "Keeps experiments, results and the ledger in a folder of this machine."

    path: Path = Field(title="Folder", description="Made at the first write; `~` is the home directory.")

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @property
    def url(self) -> str:
        return self.path.as_uri()

    def put(self, key: str, data: bytes) -> None:
        self.put_many({key: data})

    def create_only(self, key: str, data: bytes) -> bool:
        target = self._file(key)
        with self._errors():
            if target.exists():
                return False
            with self._written_aside(data) as written:
                try:
                    _in_folder(target, lambda: os.link(written, target))
                except FileExistsError:
                    return False
                _flush_folder(target.parent)
                return True

    def get(self, key: str) -> bytes:
        with self._errors():
            try:
                return self._file(key).read_bytes()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                raise KeyError(key) from None

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for key in keys:
            with suppress(KeyError):
                found[key] = self.get(key)
        return found

    def put_many(self, items: Mapping[str, bytes]) -> None:
        files = [self._file(key) for key in items]
        folders = {file.parent for file in files}
        if len(files) == 1:
            [data] = items.values()
            self._replace(files[0], data)
            self._flush(*folders)
            return
        # Threads, for most of the time goes into waiting for the disk.
        with ThreadPoolExecutor(max_workers=16) as pool:
            for _ in pool.map(self._replace, files, items.values()):
                pass
            for _ in pool.map(self._flush, folders):
                pass

    def put_cache(self, items: Mapping[str, bytes]) -> None:
        for file, data in zip([self._file(key) for key in items], items.values(), strict=True):
            self._replace(file, data, durably=False)

    def exists(self, key: str) -> bool:
        with self._errors():
            return self._file(key).is_file()

    def list(self, prefix: str = "") -> list[str]:
        folder = self.path / checked_prefix(prefix).rpartition("/")[0]
        with self._errors():
            return sorted(key for key in self._keys_below(folder) if key.startswith(prefix))

    def delete(self, key: str) -> None:
        with self._errors(), suppress(FileNotFoundError, NotADirectoryError):
            self._file(key).unlink()

    def is_key(self, text: str) -> bool:
        return super().is_key(text) and text.split("/")[0] != UNFINISHED

    def _file(self, key: str) -> Path:
        if checked_key(key).split("/")[0] == UNFINISHED:
            raise ValueError(f"a local store keeps {UNFINISHED} for itself, found the key {key!r}")
        return self.path / key

    def _replace(self, file: Path, data: bytes, durably: bool = True) -> None:
        with self._errors(), self._written_aside(data, durably) as written:
            _in_folder(file, lambda: os.replace(written, file))

    def _flush(self, folder: Path) -> None:
        with self._errors():
            _flush_folder(folder)

    def _keys_below(self, folder: Path) -> Iterator[str]:
        for parent, folders, files in os.walk(folder):
            relative = Path(parent).relative_to(self.path)
            if relative == Path() and UNFINISHED in folders:
                folders.remove(UNFINISHED)
            yield from ((relative / file).as_posix() for file in files)

    @contextmanager
    def _written_aside(self, data: bytes, durably: bool = True) -> Generator[Path]:
        """A file outside the listing that holds `data`, on disk if `durably`; gone afterwards."""
        aside = self.path / UNFINISHED / uuid.uuid4().hex
        _in_folder(aside, lambda: _write(aside, data, durably))
        try:
            yield aside
        finally:
            aside.unlink(missing_ok=True)

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            reason = f"a key of a local store cannot also be the folder of others ({error})"
            raise StorageUnfit(self.url, reason) from error
        except OSError as error:
            reason = f"the file system refused: {error}; choose a folder that can be written and linked in"
            raise StorageUnfit(self.url, reason) from error


def _write(file: Path, data: bytes, durably: bool) -> None:
    with file.open("xb") as stream:
        stream.write(data)
        if durably:
            stream.flush()
            os.fsync(stream.fileno())


def _in_folder(file: Path, act: Callable[[], None]) -> None:
    """`act`, and once more after making the folder of `file` if that was missing."""
    try:
        act()
    except FileNotFoundError:
        _make_folder(file.parent)
        act()


def _make_folder(folder: Path) -> None:
    """The folder with those above it, none of which is gone after a crash."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        _flush_folder(each.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
