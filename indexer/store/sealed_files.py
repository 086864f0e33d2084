"""The files of one generation: read once, or mapped, and checked against the manifest before anybody sees a byte."""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from indexer.errors import DamagedGeneration
from indexer.model import Manifest
from indexer.store.damage import damaged, unreadable
from indexer.store.manifest import MANIFEST, read_manifest

# Smaller files are held in memory: they are most of the files and a hundredth of the bytes.
SMALLEST_MAP = 256 * 1024


# ------------------------------------------------------------------------------------------------------ reading


class SealedFiles:
    """The files of one generation. A file is read once and its bytes are checked before anybody sees them."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest
        self._checked: set[str] = set()
        self._maps: dict[str, _Mapped] = {}
        self._sizes: list[int] = []  # of the files that are mapped, when they were checked
        self._damage: DamagedGeneration | None = None  # that was found in a map

    @classmethod
    def at(cls, directory: Path) -> SealedFiles:
        """The generation in a directory. Raises DamagedGeneration where its manifest or the list of files is wrong."""
        sealed = cls(directory, read_manifest(directory))
        listed = {*sealed.manifest.files, MANIFEST}
        for name in sorted(_files_below(directory) ^ listed):
            what = "is missing" if name in listed else "does not belong there"
            raise damaged(directory, name, what)
        return sealed

    def names(self, folder: str) -> list[str]:
        """The files below a folder of the generation."""
        return [name for name in self.manifest.files if name.startswith(f"{folder}/")]

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises DamagedGeneration where they are not those that were written."""
        return self._bytes(name)

    def _bytes(self, name: str) -> bytes:
        with self._opened(name) as file:
            data = file.read()
        self._compare(name, len(data), hashlib.sha256(data).hexdigest())
        return data

    def array(self, name: str) -> NDArray[Any]:
        """An array that nobody can write to; a large one is mapped, and shared by all processes that map it.

        name: a .npy file. Raises as `read`. What is mapped is checked through the descriptor that is then mapped,
        without bringing it into this process: only what is looked at takes up memory.
        """
        if self.manifest.files.get(name, (0, ""))[0] < SMALLEST_MAP:
            data = self._bytes(name)
            return self._array(name, BytesIO(data), lambda: data)
        with self._opened(name) as file:
            size = os.fstat(file.fileno()).st_size
            self._compare(name, size, hashlib.file_digest(file, "sha256").hexdigest())
            file.seek(0)

            def mapped() -> mmap.mmap:
                try:
                    whole = mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ)
                except ValueError:  # it is shorter than a moment ago
                    raise damaged(self.directory, name, "was cut while in use") from None
                self._maps[name] = _Mapped(file.fileno(), whole.size)
                self._sizes = [self.manifest.files[one][0] for one in self._maps]
                return whole

            return self._array(name, file, mapped)

    def _array(self, name: str, file: BinaryIO, whole: Callable[[], bytes | mmap.mmap]) -> NDArray[Any]:
        """The array that starts where `file` stands. whole: gives all bytes of the file, once its head is right."""
        try:
            npy_format.read_magic(file)
            shape, fortran, dtype = npy_format.read_array_header_1_0(file)
        except ValueError as error:
            raise damaged(self.directory, name, f"is no array ({error})") from None
        if dtype.hasobject or fortran:
            raise damaged(self.directory, name, f"is no array of ours ({dtype})")
        if not (count := math.prod(shape)):  # nothing cannot be mapped
            return np.zeros(shape, dtype)
        array: NDArray[Any] = np.frombuffer(whole(), dtype, count, file.tell()).reshape(shape)
        return array

    def check_not_truncated(self) -> None:
        """Raises DamagedGeneration where a file that is mapped was cut since it was checked, or `reread` found damage.

        Behind the new end of a cut file a map has zeros up to the end of the page, and then kills who looks. So an
        answer is good only if this says nothing after it was made.
        """
        if self._damage:
            raise self._damage
        if [one.size() for one in self._maps.values()] != self._sizes:
            cut = next(name for name, one in self._maps.items() if one.size() != self.manifest.files[name][0])
            raise damaged(self.directory, cut, "was cut while in use")

    @property
    def mapped_bytes(self) -> int:
        """How much `reread` reads: the size of all files that are mapped."""
        return sum(self._sizes)

    def reread(self, block: int) -> Iterator[int]:
        """Reads every file that is mapped once more, a block at each step, and says how many bytes that were.

        It reads what the map shows, through a descriptor of the very file, and not through the map: so the pages
        count to the cache of the system and not to this process, and a failing disk raises an error here instead of
        killing it. Raises DamagedGeneration where the bytes are not those that were written.
        """
        try:
            for name, one in list(self._maps.items()):
                yield from self._reread_file(name, one, bytearray(block))
        except DamagedGeneration as error:
            self._damage = error
            raise

    def _reread_file(self, name: str, mapped: _Mapped, buffer: bytearray) -> Iterator[int]:
        digest, place = hashlib.sha256(), 0
        try:
            while count := os.preadv(mapped.descriptor, [buffer], place):
                digest.update(memoryview(buffer)[:count])
                place += count
                yield count
        except OSError as error:
            raise unreadable(self.directory, name, error) from None
        self._compare(name, place, digest.hexdigest())

    def verify(self) -> None:
        """Checks every file that nobody has read yet. Raises DamagedGeneration for the first that is wrong."""
        for name in self.manifest.files.keys() - self._checked:
            with self._opened(name) as file:
                self._compare(name, os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())

    @contextmanager
    def _opened(self, name: str) -> Iterator[BufferedReader]:
        if name not in self.manifest.files:  # written by a version that did not know it
            raise damaged(self.directory, name, "is missing")
        try:
            with open(self.directory / name, "rb") as file:
                yield file
        except OSError as error:
            raise unreadable(self.directory, name, error) from None

    def _compare(self, name: str, size: int, digest: str) -> None:
        written, sealed = self.manifest.files[name]
        if size != written:
            raise damaged(self.directory, name, f"has {size:,} bytes instead of {written:,}")
        if digest != sealed:
            raise damaged(self.directory, name, "is not what was written (SHA-256 differs)")
        self._checked.add(name)


class _Mapped:
    """A file that is mapped. size: asks for what it is now. descriptor: one of its own, so that it can be read again,
    whatever lies under its name by then."""

    def __init__(self, descriptor: int, size: Callable[[], int]) -> None:
        self.size = size
        self.descriptor = os.dup(descriptor)
        weakref.finalize(self, os.close, self.descriptor)


def _files_below(directory: Path) -> set[str]:
    """Every file of a generation by its name. Raises DamagedGeneration where a folder cannot be read."""

    def raised(error: OSError) -> None:
        folder = os.path.relpath(error.filename, directory)
        raise unreadable(directory, "its folder" if folder == "." else folder, error)

    walked = os.walk(directory, onerror=raised)
    return {os.path.relpath(os.path.join(folder, name), directory) for folder, _, names in walked for name in names}
