"""Publishing: one complete, unchangeable build at a time, switched in one step.

    index/                     locked as a whole while a build or rollback runs
      current                  the id of the generation that serves, and which one a rollback took back;
                               replaced in one step
      generations/000042/      one build: its files and the manifest that lists each with its SHA-256
      generations/.building/   what a running build has written; the next build removes what a killed one left

A generation is complete before its name exists, and named before `current` points to it; every file and directory is
on the disk before the step that relies on it. So a build may be killed anywhere: what served before serves on.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import math
import mmap
import os
import re
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from indexer.errors import BuildBusy, BuildFailed, DamagedGeneration, NothingPublished, SeeAlsoError
from indexer.model import Manifest

FORMAT = 3
# Smaller files are held in memory: they are most of the files and a hundredth of the bytes.
SMALLEST_MAP = 256 * 1024
# Within the index folder everybody may read whatever the umask; who gets that far is up to the index folder itself.
SEALED, SHOWN, ENTERED = 0o444, 0o644, 0o755
MANIFEST, CURRENT, GENERATIONS, BUILDING = "manifest.json", "current", "generations", ".building"
_ID = re.compile(r"\d{6,}", re.ASCII)
_CURRENT = re.compile(r"((\d{6,})(?: instead of (\d{6,}))?) check ([0-9a-f]{8})", re.ASCII)
_Loaded = TypeVar("_Loaded")


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
        sealed = cls(directory, _read_manifest(directory))
        listed = {*sealed.manifest.files, MANIFEST}
        for name in sorted(_files_below(directory) ^ listed):
            what = "is missing" if name in listed else "does not belong there"
            raise _damaged(directory, name, what)
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
                    raise _damaged(self.directory, name, "was cut while in use") from None
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
            raise _damaged(self.directory, name, f"is no array ({error})") from None
        if dtype.hasobject or fortran:
            raise _damaged(self.directory, name, f"is no array of ours ({dtype})")
        if not (count := math.prod(shape)):  # nothing cannot be mapped
            return np.zeros(shape, dtype)
        array: NDArray[Any] = np.frombuffer(whole(), dtype, count, file.tell()).reshape(shape)
        return array

    def still_whole(self) -> None:
        """Raises DamagedGeneration where a file that is mapped was cut since it was checked, or `reread` found damage.

        Behind the new end of a cut file a map has zeros up to the end of the page, and then kills who looks. So an
        answer is good only if this says nothing after it was made.
        """
        if self._damage:
            raise self._damage
        if [one.size() for one in self._maps.values()] != self._sizes:
            cut = next(name for name, one in self._maps.items() if one.size() != self.manifest.files[name][0])
            raise _damaged(self.directory, cut, "was cut while in use")

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
            raise _unreadable(self.directory, name, error) from None
        self._compare(name, place, digest.hexdigest())

    def verify(self) -> None:
        """Checks every file that nobody has read yet. Raises DamagedGeneration for the first that is wrong."""
        for name in self.manifest.files.keys() - self._checked:
            with self._opened(name) as file:
                self._compare(name, os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())

    @contextmanager
    def _opened(self, name: str) -> Iterator[BufferedReader]:
        if name not in self.manifest.files:  # written by a version that did not know it
            raise _damaged(self.directory, name, "is missing")
        try:
            with open(self.directory / name, "rb") as file:
                yield file
        except OSError as error:
            raise _unreadable(self.directory, name, error) from None

    def _compare(self, name: str, size: int, digest: str) -> None:
        written, sealed = self.manifest.files[name]
        if size != written:
            raise _damaged(self.directory, name, f"has {size:,} bytes instead of {written:,}")
        if digest != sealed:
            raise _damaged(self.directory, name, "is not what was written (SHA-256 differs)")
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
        raise _unreadable(directory, "its folder" if folder == "." else folder, error)

    walked = os.walk(directory, onerror=raised)
    return {os.path.relpath(os.path.join(folder, name), directory) for folder, _, names in walked for name in names}


def _damaged(
    directory: Path, name: str, what: str, advice: str = "Run `seealso build`, or `seealso rollback`"
) -> DamagedGeneration:
    return DamagedGeneration(f"generation {directory.name} is damaged: {name} {what}. {advice}")


def _unreadable(directory: Path, name: str, error: OSError) -> DamagedGeneration:
    what = f"cannot be read ({error.strerror})"
    return _damaged(directory, name, what, _LET_IN) if _is_forbidden(error) else _damaged(directory, name, what)


def _index_unreadable(path: Path, error: OSError) -> DamagedGeneration:
    advice = _LET_IN if _is_forbidden(error) else "Run `seealso build`"
    return DamagedGeneration(f"{path} cannot be read ({error.strerror}). {advice}")


def _is_forbidden(error: OSError) -> bool:
    return error.errno in (errno.EACCES, errno.EPERM)


_LET_IN = "Let this user read the index folder and all in it, for example with `chmod -R a+rX`"


def _read_manifest(directory: Path) -> Manifest:
    values = _sealed_values(directory)
    try:
        if values["format"] != FORMAT:
            raise DamagedGeneration(
                f"generation {directory.name} has format {values['format']}; this version reads {FORMAT}. "
                "Run `seealso build`"
            )
        return _manifest(values)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(directory, MANIFEST, "is not a manifest") from None


def _sealed_values(directory: Path) -> dict[str, Any]:
    """What a manifest says, in whatever format, without its seal. Raises DamagedGeneration where the seal differs."""
    try:
        data = (directory / MANIFEST).read_bytes()
    except OSError as error:
        raise _unreadable(directory, MANIFEST, error) from None
    try:
        values = json.loads(data)
        values.pop("seal")
        written = _manifest_bytes(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _damaged(directory, MANIFEST, "is not a manifest") from None
    if written != data:
        raise _damaged(directory, MANIFEST, "is not what was written (its seal differs)")
    return dict(values)


def _manifest(values: dict[str, Any]) -> Manifest:
    files = {str(name): (int(size), str(digest)) for name, (size, digest) in values["files"].items()}
    due = date.fromisoformat(values["due"]) if values["due"] else None
    return Manifest(**(values | {"files": files, "due": due}))


def _manifest_bytes(values: dict[str, Any]) -> bytes:
    """A manifest as its file holds it: with a seal over everything else, and only one way to write it."""
    seal = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return (json.dumps(values | {"seal": seal}, sort_keys=True, indent=1) + "\n").encode()


def posts_of_last(index: Path) -> tuple[str, int] | None:
    """The last generation whose manifest is good, and how many posts it holds; None where there is no such one.

    It may be of another format, and its other files may be damaged: the seal proves the number.
    """
    with suppress(NothingPublished):
        for one in candidates(index):
            with suppress(DamagedGeneration, KeyError, TypeError, ValueError):
                return one, int(_sealed_values(index / GENERATIONS / one)["counts"]["posts"])
    return None


def current_id(index: Path) -> str:
    """The id of the published generation. Raises NothingPublished; DamagedGeneration where `current` holds none."""
    return _read_current(index)[0]


def taken_back_id(index: Path) -> str | None:
    """The generation that a rollback took back, if that is why the published one serves. Raises as `current_id`."""
    return _read_current(index)[1]


def _read_current(index: Path) -> tuple[str, str | None]:
    try:
        said = (index / CURRENT).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise NothingPublished(f"nothing is published in {index}: run `seealso build`") from None
    except OSError as error:
        raise _index_unreadable(index / CURRENT, error) from None
    match = _CURRENT.fullmatch(said)
    if not match:
        raise DamagedGeneration(f"{index / CURRENT} holds no generation id with its check value: run `seealso build`")
    if match[4] != _check_value(match[1]):
        raise DamagedGeneration(
            f"{index / CURRENT} is not what was written (its check value differs): run `seealso build`"
        )
    return match[2], match[3]


def _check_value(said: str) -> str:
    """What stands behind the text of `current`, so that a changed digit is not taken for another generation."""
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def generation_ids(index: Path) -> list[str]:
    """All complete generations, oldest first. Raises DamagedGeneration where they cannot be looked for."""
    folder = index / GENERATIONS
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _index_unreadable(folder, error) from None
    return sorted((name for name in names if _ID.fullmatch(name)), key=int)


def candidates(index: Path) -> list[str]:
    """The generations to try in order: the published one, then older ones from the newest, then newer ones.

    Raises NothingPublished where there is none at all.
    """
    there = generation_ids(index)
    try:
        current = current_id(index)
    except DamagedGeneration:
        current = ""
    except NothingPublished:
        if not there:
            raise
        current = ""
    older = [one for one in reversed(there) if not current or int(one) < int(current)]
    newer = [one for one in there if current and int(one) > int(current)]
    return [*([current] if current else []), *older, *newer]


def open_generation(index: Path, load: Callable[[SealedFiles], _Loaded]) -> tuple[_Loaded, list[DamagedGeneration]]:
    """The published generation, loaded, or the last good one where it is damaged, with what was found wrong on the way.

    load: makes what is wanted of the files. Raises NothingPublished, or DamagedGeneration where none is good.
    """
    order = candidates(index)
    wrong: list[DamagedGeneration] = []
    try:
        current_id(index)
    except DamagedGeneration as error:
        wrong.append(error)
    except NothingPublished:
        wrong.append(DamagedGeneration(f"{index / CURRENT} is missing: run `seealso build`"))
    for one in order:
        try:
            return load(SealedFiles.at(index / GENERATIONS / one)), wrong
        except DamagedGeneration as error:
            wrong.append(error)
    raise wrong[0]


# ------------------------------------------------------------------------------------------------------ writing


@dataclass(frozen=True, slots=True)
class Lock:
    """An index that is held for one build or rollback. descriptor: of its directory."""

    index: Path
    descriptor: int

    def still_holds(self) -> None:
        """Raises BuildFailed where the directory that is held lies under its name no more."""
        try:
            there = os.path.samestat(os.stat(self.index), os.fstat(self.descriptor))
        except OSError:
            there = False
        if not there:
            raise BuildFailed(
                f"the index folder {self.index} was moved or deleted while a build or rollback was at work in it. "
                "Put it back, or build again"
            )


@contextmanager
def locked(index: Path) -> Iterator[Lock]:
    """Holds the index for one build or rollback; the kernel lets go of it however the process ends.

    The lock is on the directory itself: there is no lock file to go stale or to be deleted. Raises BuildBusy at once,
    and BuildFailed where the directory is moved or deleted meanwhile.
    """
    try:
        _make_folders(index)
        descriptor = os.open(index, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BuildFailed(
            f"the index folder {index} cannot be written ({error.strerror}): name another with --index"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildBusy(f"another build or rollback is at work in {index}; this one did nothing") from None
        _clear(index)
        lock = Lock(index, descriptor)
        try:
            yield lock
        except (OSError, SeeAlsoError):
            lock.still_holds()
            raise
        lock.still_holds()
    finally:
        os.close(descriptor)


def _make_folders(index: Path) -> None:
    folder = index / GENERATIONS
    index.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(ENTERED)


def _clear(index: Path) -> None:
    """Removes what a killed build left, also where the next finds nothing to do. What resists is met again later."""
    shutil.rmtree(index / GENERATIONS / BUILDING, ignore_errors=True)
    with suppress(OSError):
        (index / f"{CURRENT}.new").unlink(missing_ok=True)


@contextmanager
def new_generation(index: Path) -> Iterator[Path]:
    """An empty directory to build in, gone again if the build fails. Only inside `locked`."""
    directory = index / GENERATIONS / BUILDING
    shutil.rmtree(directory, ignore_errors=True)
    try:
        directory.mkdir()
        yield directory
    except OSError as error:
        shutil.rmtree(directory, ignore_errors=True)
        raise BuildFailed(
            f"the build could not write {error.filename or directory}: {error.strerror}{_room(index)}. "
            "What was published before still serves; make room and build again"
        ) from error
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _room(index: Path) -> str:
    try:
        return f" ({shutil.disk_usage(index).free // 2**20:,} MiB free)"
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Label:
    """What a manifest says beside its id and its files."""

    engine: str
    settings: str
    inputs: str
    built_at: str
    counts: Mapping[str, int]
    due: date | None


def seal(directory: Path, label: Label, generation: str) -> SealedFiles:
    """Lists every file with its SHA-256, writes the manifest, and has all of it on the disk before it returns.

    From here on no file can be opened for writing, but by root; directories can, or nothing could be removed. Everybody
    may read, whatever the umask.
    """
    files: dict[str, tuple[int, str]] = {}
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fchmod(file.fileno(), SEALED)
            os.fsync(file.fileno())
        files[path.relative_to(directory).as_posix()] = (path.stat().st_size, digest)
    manifest = Manifest(
        id=generation,
        format=FORMAT,
        engine=label.engine,
        settings=label.settings,
        inputs=label.inputs,
        built_at=label.built_at,
        counts=label.counts,
        files=files,
        due=label.due,
    )
    values = asdict(manifest) | {"due": manifest.due.isoformat() if manifest.due else None}
    _write_durably(directory / MANIFEST, _manifest_bytes(values), SEALED)
    for folder in {path.parent for path in directory.rglob("*")}:
        folder.chmod(ENTERED)
        _sync_directory(folder)
    return SealedFiles(directory, manifest)


def next_id(index: Path) -> str:
    """One more than the highest ever given; counted, not timed, so a wrong clock changes nothing."""
    given = [int(one) for one in generation_ids(index)]
    with suppress(NothingPublished, DamagedGeneration):
        given.append(int(current_id(index)))
    return f"{max(given, default=0) + 1:06d}"


def publish(index: Path, directory: Path, generation: str, keep: int) -> None:
    """Gives a sealed directory its name, lets `current` point to it, and removes all but the newest `keep`."""
    os.rename(directory, index / GENERATIONS / generation)
    _sync_directory(index / GENERATIONS)
    point_to(index, generation)
    with suppress(OSError):  # it serves; what cannot be removed now is removed by the next build
        prune(index, keep)


def point_to(index: Path, generation: str, instead_of: str | None = None) -> None:
    """Replaces `current` in one step. instead_of: the generation that a rollback takes back.

    Raises BuildFailed, which says what serves now.
    """
    said = f"{generation} instead of {instead_of}" if instead_of else generation
    serves = "what was published before still serves"
    try:
        _write_durably(index / f"{CURRENT}.new", f"{said} check {_check_value(said)}\n".encode(), SHOWN)
        os.replace(index / f"{CURRENT}.new", index / CURRENT)
        serves = f"generation {generation} serves, but may be forgotten if the power fails"
        _sync_directory(index)
    except OSError as error:
        raise BuildFailed(f"{index / CURRENT} could not be written ({error.strerror}): {serves}") from error


def prune(index: Path, keep: int) -> None:
    """Removes the oldest generations, never the published one. A half-removed one is nobody's: its name goes first."""
    kept = {current_id(index), *generation_ids(index)[-keep:]}
    for one in generation_ids(index):
        if one not in kept:
            doomed = index / GENERATIONS / BUILDING
            shutil.rmtree(doomed, ignore_errors=True)
            os.rename(index / GENERATIONS / one, doomed)
            shutil.rmtree(doomed)


def rollback(index: Path) -> str:
    """Publishes the newest good generation before the current one and returns its id. Only inside `locked`.

    It stays until the content or the settings change: a rebuild of what was taken back would undo the rollback.
    Raises NothingPublished where there is none to go back to.
    """
    try:
        current = int(current_id(index))
    except DamagedGeneration:
        current = 10**12
    for one in reversed(generation_ids(index)):
        if int(one) < current:
            try:
                SealedFiles.at(index / GENERATIONS / one).verify()
            except DamagedGeneration:
                continue
            there = generation_ids(index)
            point_to(index, one, instead_of=there[-1] if there[-1] != one else None)
            return one
    raise NothingPublished(f"no older generation in {index} to go back to; what serves now stays")


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
