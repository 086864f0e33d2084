"""The files of one generation: read or mapped, and checked against the manifest before a byte of them is used."""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from indexer.errors import DamagedGeneration
from indexer.model import Manifest
from indexer.store.arrays import Rows
from indexer.store.damage import damaged, unreadable
from indexer.store.manifest import MANIFEST, read_manifest

# Smaller files are read into memory: they are most of the files, and a hundredth of the bytes.
SMALLEST_MAP = 256 * 1024


class SealedFiles:
    """The files of one generation, each checked against the manifest when it is read."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest
        self._checked: set[str] = set()
        self._held: dict[str, _Held] = {}
        self._sizes: list[int] = []  # of the files that are held, when they were checked
        self._damage: DamagedGeneration | None = None  # found by `reread`

    @classmethod
    def at(cls, directory: Path) -> SealedFiles:
        """The generation in a directory. Raises DamagedGeneration if its manifest or its list of files is wrong."""
        sealed = cls(directory, read_manifest(directory))
        listed = {*sealed.manifest.files, MANIFEST}
        for name in sorted(_files_below(directory) ^ listed):
            raise damaged(directory, name, "is missing" if name in listed else "does not belong there")
        return sealed

    def names(self, folder: str) -> list[str]:
        """The files below a folder of the generation."""
        return [name for name in self.manifest.files if name.startswith(f"{folder}/")]

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises DamagedGeneration if they are not those that were written."""
        with self._opened(name) as file:
            data = file.read()
        self._check(name, len(data), hashlib.sha256(data).hexdigest())
        return data

    def array(self, name: str) -> NDArray[Any]:
        """The read-only array of a .npy file; a large one is mapped, and shared by all processes that map it.

        Raises as `read`. A file is checked through the descriptor that is then mapped, without reading it into this
        process: only the pages that are used take up memory.
        """
        if self._is_small(name):
            data = self.read(name)
            file = BytesIO(data)
            return _filled(*self._header(name, file), data, file.tell())
        with self._checked_file(name) as opened:
            dtype, shape = self._header(name, opened)
            if not math.prod(shape):  # an empty file cannot be mapped
                return np.zeros(shape, dtype)
            size = self.manifest.files[name][0]
            try:
                memory_map = mmap.mmap(opened.fileno(), size, prot=mmap.PROT_READ)
            except ValueError:  # it is shorter than a moment ago
                raise damaged(self.directory, name, "was cut while in use") from None
            self._hold(name, opened)
            return _filled(dtype, shape, memory_map, opened.tell())

    def rows(self, name: str) -> Rows:
        """The same array of one dimension, of which each slice is read when it is asked for, if the file is large.

        Of a map the kernel fetches 64 kB around each byte that is looked at: where a few rows of many are wanted, all
        of it is in memory soon. Raises as `read`, then and for each slice.
        """
        if self._is_small(name):
            return self.array(name)
        with self._checked_file(name) as opened:
            dtype, (length,) = self._header(name, opened)
            return _FileRows(self.directory, name, self._hold(name, opened), dtype, length, opened.tell())

    def _is_small(self, name: str) -> bool:
        return self.manifest.files.get(name, (0, ""))[0] < SMALLEST_MAP

    @contextmanager
    def _checked_file(self, name: str) -> Iterator[BufferedReader]:
        with self._opened(name) as file:
            self._check(name, os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())
            file.seek(0)
            yield file

    def _hold(self, name: str, file: BufferedReader) -> _Held:
        self._held[name] = held = _Held(file.fileno())
        self._sizes = [self.manifest.files[held_name][0] for held_name in self._held]
        return held

    def _header(self, name: str, file: BinaryIO) -> tuple[np.dtype[Any], tuple[int, ...]]:
        """The type and shape of an array whose file is open at its beginning; then it is open at the array."""
        try:
            npy_format.read_magic(file)
            shape, fortran, dtype = npy_format.read_array_header_1_0(file)
        except ValueError as error:
            raise damaged(self.directory, name, f"is no array ({error})") from None
        if dtype.hasobject or fortran:
            raise damaged(self.directory, name, f"is no array of ours ({dtype})")
        return dtype, shape

    def check_not_truncated(self) -> None:
        """Raises DamagedGeneration if a file in use was truncated since it was checked, or if `reread` found damage.

        Beyond the new end of a truncated file, a map reads as zeros up to the end of the page; after that, access kills
        the process. So an answer is valid only if this is called after it was computed, and does not raise.
        """
        if self._damage:
            raise self._damage
        if [held.size() for held in self._held.values()] != self._sizes:
            truncated = next(name for name, held in self._held.items() if held.size() != self.manifest.files[name][0])
            raise damaged(self.directory, truncated, "was cut while in use")

    def distrust(self, damage: DamagedGeneration) -> None:
        """From now on `check_not_truncated` raises this damage, which was found outside of the files."""
        self._damage = damage

    @property
    def mapped_bytes(self) -> int:
        """The number of bytes that `reread` reads: the size of all files that are mapped, or read slice by slice."""
        return sum(self._sizes)

    def reread(self, block_size: int) -> Iterator[int]:
        """Reads and checks all files in use again, in blocks, and yields the number of bytes of each.

        It reads through a descriptor of the file, not through the map. So the pages count as the system's cache
        and not as memory of this process, and a failing disk raises an error here instead of killing the process.
        Raises DamagedGeneration if the bytes are not those that were written.
        """
        try:
            for name, held in list(self._held.items()):
                yield from self._reread_file(name, held.descriptor, bytearray(block_size))
        except DamagedGeneration as error:
            self._damage = error
            raise

    def _reread_file(self, name: str, descriptor: int, buffer: bytearray) -> Iterator[int]:
        digest, offset = hashlib.sha256(), 0
        try:
            while count := os.preadv(descriptor, [buffer], offset):
                digest.update(memoryview(buffer)[:count])
                offset += count
                yield count
        except OSError as error:
            raise unreadable(self.directory, name, error) from None
        self._check(name, offset, digest.hexdigest())

    def verify(self) -> None:
        """Checks every file that was not read yet. Raises DamagedGeneration for the first that is wrong."""
        for name in self.manifest.files.keys() - self._checked:
            with self._opened(name) as file:
                self._check(name, os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())

    @contextmanager
    def _opened(self, name: str) -> Iterator[BufferedReader]:
        if name not in self.manifest.files:  # written by a version that had no such file
            raise damaged(self.directory, name, "is missing")
        try:
            with open(self.directory / name, "rb") as file:
                yield file
        except OSError as error:
            raise unreadable(self.directory, name, error) from None

    def _check(self, name: str, size: int, digest: str) -> None:
        expected_size, expected_digest = self.manifest.files[name]
        if size != expected_size:
            raise damaged(self.directory, name, f"has {size:,} bytes instead of {expected_size:,}")
        if digest != expected_digest:
            raise damaged(self.directory, name, "is not what was written (SHA-256 differs)")
        self._checked.add(name)


class _Held:
    """A file that is mapped, or read slice by slice, by a descriptor that leads to it even after its name does not."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = os.dup(descriptor)
        weakref.finalize(self, os.close, self.descriptor)

    def size(self) -> int:
        """Its present size, in bytes."""
        return os.fstat(self.descriptor).st_size


@dataclass(frozen=True, slots=True)
class _FileRows:
    """An array of one dimension in a file, from a byte of it on."""

    directory: Path
    name: str
    held: _Held
    dtype: np.dtype[Any]
    length: int
    offset: int

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, wanted: slice) -> NDArray[Any]:
        start, stop, _ = wanted.indices(self.length)
        rows = np.empty(max(stop - start, 0), self.dtype)
        try:
            count = os.preadv(self.held.descriptor, [rows.data], self.offset + start * self.dtype.itemsize)
        except OSError as error:
            raise unreadable(self.directory, self.name, error) from None
        if count != rows.nbytes:
            raise damaged(self.directory, self.name, "was cut while in use")
        return rows


def _filled(dtype: np.dtype[Any], shape: tuple[int, ...], data: bytes | mmap.mmap, offset: int) -> NDArray[Any]:
    """The array in some bytes, from one of them on."""
    return np.frombuffer(data, dtype, math.prod(shape), offset).reshape(shape)


def _files_below(directory: Path) -> set[str]:
    """The paths of all files of a generation. Raises DamagedGeneration if a folder cannot be read."""

    def fail(error: OSError) -> None:
        folder = os.path.relpath(error.filename, directory)
        raise unreadable(directory, "its folder" if folder == "." else folder, error)

    walk = os.walk(directory, onerror=fail)
    return {os.path.relpath(os.path.join(folder, name), directory) for folder, _, names in walk for name in names}
