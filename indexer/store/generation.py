"""Generations: each is one complete, immutable build, and one is published at a time, in one atomic step.

    index/                     the directory that a build or rollback holds a lock on
      current                  the id of the published generation, and of the one that a rollback replaced, if any
      last_build.json          how the last build ended
      generations/000042/      one build: its files, and the manifest that lists each with its SHA-256
      generations/.building/   a build that is not finished, or a generation that is being removed

From a build to its readers, and what a kill or power failure at each step leaves behind. Until `current` is replaced,
the old generation is published; afterwards, the new one:

    step               on disk                                         a kill during it leaves
    locked()           a lock on index/, released by the kernel        nothing new
    new_generation()   .building/ with files as they are written       .building/, removed by the next build
    seal()             manifest.json; files read-only and fsynced      .building/, removed by the next build
    publish()
      rename, fsync    .building/ → 000043/                            000043/, complete but not published; the next
                                                                       build is 000044, and 000043 is pruned in time
      point_to()       current: "000043 check …", renamed over the     the old `current` or the new one, and perhaps a
                       old one, fsync                                  temporary file, removed by the next build
      prune()          the oldest generations → .building/, removed    .building/, removed by the next build

    reader             opens current, then that generation: the manifest by its seal, each file by its SHA-256. Workers
                       notice the new `current` on the next request. Files that are mapped stay readable after their
                       generation is pruned; a damaged generation is passed over for the last good one

Every file and directory is on the disk before the step that relies on it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from indexer.errors import BuildBusy, BuildFailed, DamagedGeneration, NothingPublished, SeeAlsoError
from indexer.model import Manifest
from indexer.store.damage import GRANT_ACCESS, is_forbidden
from indexer.store.durable import NotDurable, remove_leftovers, replace_file, sync_directory
from indexer.store.durable import lock as lock_directory
from indexer.store.last_build import LAST_BUILD
from indexer.store.manifest import BUILDING, CURRENT, GENERATIONS, MANIFEST, manifest_bytes, sealed_values
from indexer.store.sealed_files import SealedFiles

# Modes that let everybody read what is in the index folder, whatever the umask; its own mode decides who may enter it.
SEALED_MODE, CURRENT_MODE, FOLDER_MODE = 0o444, 0o644, 0o755
_ID = re.compile(r"\d{6,}", re.ASCII)
_CURRENT = re.compile(r"((\d{6,})(?: instead of (\d{6,}))?) check ([0-9a-f]{8})", re.ASCII)
_Loaded = TypeVar("_Loaded")


def _index_unreadable(path: Path, error: OSError) -> DamagedGeneration:
    advice = GRANT_ACCESS if is_forbidden(error) else "Run `seealso build`"
    return DamagedGeneration(f"{path} cannot be read ({error.strerror}). {advice}")


def posts_of_last(index: Path) -> tuple[str, int] | None:
    """The id of the first candidate with a good manifest, and the number of its posts; None if there is none.

    It may be of another format, and its other files may be damaged: the manifest's seal vouches for the number.
    """
    with suppress(NothingPublished):
        for generation in candidates(index):
            with suppress(DamagedGeneration, KeyError, TypeError, ValueError):
                return generation, int(sealed_values(index / GENERATIONS / generation)["counts"]["posts"])
    return None


def current_id(index: Path) -> str:
    """The id of the published generation. Raises NothingPublished, or DamagedGeneration if `current` is not valid."""
    return _read_current(index)[0]


def rolled_back_id(index: Path) -> str | None:
    """The generation that was replaced by a rollback, if one published the current. Raises as `current_id`."""
    return _read_current(index)[1]


def _read_current(index: Path) -> tuple[str, str | None]:
    """The published id, and the id that a rollback replaced."""
    try:
        line = (index / CURRENT).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise NothingPublished(f"nothing is published in {index}: run `seealso build`") from None
    except OSError as error:
        raise _index_unreadable(index / CURRENT, error) from None
    match = _CURRENT.fullmatch(line)
    if not match:
        raise DamagedGeneration(f"{index / CURRENT} holds no generation id with its check value: run `seealso build`")
    if match[4] != _check_value(match[1]):
        raise DamagedGeneration(
            f"{index / CURRENT} is not what was written (its check value differs): run `seealso build`"
        )
    return match[2], match[3]


def _check_value(line: str) -> str:
    """The checksum of `current`, so that a changed digit does not lead to another generation."""
    return hashlib.sha256(line.encode()).hexdigest()[:8]


def generation_ids(index: Path) -> list[str]:
    """The ids of all complete generations, oldest first. Raises DamagedGeneration if they cannot be listed."""
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
    """The generations to try: the published one, then older ones, newest first, then newer ones, oldest first.

    Raises NothingPublished if there is none.
    """
    ids = generation_ids(index)
    try:
        current = current_id(index)
    except DamagedGeneration:
        current = ""
    except NothingPublished:
        if not ids:
            raise
        current = ""
    older = [generation for generation in reversed(ids) if not current or int(generation) < int(current)]
    newer = [generation for generation in ids if current and int(generation) > int(current)]
    return [*([current] if current else []), *older, *newer]


def open_generation(index: Path, load: Callable[[SealedFiles], _Loaded]) -> tuple[_Loaded, list[DamagedGeneration]]:
    """The first good candidate, loaded, and the damage found in those before it; none if the published one is good.

    load: opens a generation from its files. Raises NothingPublished, or DamagedGeneration if no candidate is good.
    """
    order = candidates(index)
    damages: list[DamagedGeneration] = []
    try:
        current_id(index)
    except DamagedGeneration as error:
        damages.append(error)
    except NothingPublished:
        damages.append(DamagedGeneration(f"{index / CURRENT} is missing: run `seealso build`"))
    for generation in order:
        try:
            return load(SealedFiles.at(index / GENERATIONS / generation)), damages
        except DamagedGeneration as error:
            damages.append(error)
    raise damages[0]


# ------------------------------------------------------------------------------------------------------ writing


@dataclass(frozen=True, slots=True)
class Lock:
    """An index that is locked for one build or rollback. descriptor: of its directory."""

    index: Path
    descriptor: int

    def check_still_held(self) -> None:
        """Raises BuildFailed if the locked directory was moved, deleted or replaced."""
        try:
            is_same = os.path.samestat(os.stat(self.index), os.fstat(self.descriptor))
        except OSError:
            is_same = False
        if not is_same:
            raise BuildFailed(
                f"the index folder {self.index} was moved or deleted while a build or rollback was at work in it. "
                "Put it back, or build again"
            )


@contextmanager
def locked(index: Path) -> Iterator[Lock]:
    """Locks the index for one build or rollback; the kernel releases the lock however the process ends.

    The lock is on the directory itself, so there is no lock file that can go stale or be deleted. Raises BuildBusy at
    once if another process has it, and BuildFailed if the directory is moved or deleted meanwhile.
    """
    try:
        _make_folders(index)
        descriptor = os.open(index, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BuildFailed(
            f"the index folder {index} cannot be written ({error.strerror}): name another with --index"
        ) from None
    try:
        try:
            lock_directory(descriptor, seconds=0)
        except TimeoutError:
            raise BuildBusy(f"another build or rollback is at work in {index}; this one did nothing") from None
        lock = Lock(index, descriptor)
        _remove_leftovers(lock)
        try:
            yield lock
        except (OSError, SeeAlsoError):
            lock.check_still_held()
            raise
        lock.check_still_held()
    finally:
        os.close(descriptor)


def _make_folders(index: Path) -> None:
    folder = index / GENERATIONS
    index.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(FOLDER_MODE)


def _remove_leftovers(lock: Lock) -> None:
    """Removes what a killed build left, even if this one finds nothing to do. What cannot be removed fails later."""
    shutil.rmtree(lock.index / GENERATIONS / BUILDING, ignore_errors=True)
    for name in (CURRENT, LAST_BUILD):
        with suppress(OSError):
            remove_leftovers(lock.descriptor, name)


@contextmanager
def new_generation(index: Path) -> Iterator[Path]:
    """An empty directory to build in, removed if the build fails. Only inside `locked`. Raises BuildFailed."""
    directory = index / GENERATIONS / BUILDING
    shutil.rmtree(directory, ignore_errors=True)
    try:
        directory.mkdir()
        yield directory
    except OSError as error:
        shutil.rmtree(directory, ignore_errors=True)
        raise BuildFailed(
            f"the build could not write {error.filename or directory}: {error.strerror or error}{_free_space(index)}. "
            "What was published before still serves; make room and build again"
        ) from error
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _free_space(index: Path) -> str:
    try:
        return f" ({shutil.disk_usage(index).free // 2**20:,} MiB free)"
    except OSError:
        return ""


def seal(directory: Path, manifest: Manifest) -> SealedFiles:
    """Writes the manifest with the SHA-256 of every file, makes files read-only, and syncs everything to disk.

    manifest: without `files`. Directories stay writable, or nothing could be removed. Everybody may read, whatever
    the umask.
    """
    files: dict[str, tuple[int, str]] = {}
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fchmod(file.fileno(), SEALED_MODE)
            os.fsync(file.fileno())
        files[path.relative_to(directory).as_posix()] = (path.stat().st_size, digest)
    manifest = replace(manifest, files=files)
    replace_file(directory / MANIFEST, manifest_bytes(manifest), SEALED_MODE)
    for folder in {path.parent for path in directory.rglob("*")}:
        folder.chmod(FOLDER_MODE)
        sync_directory(folder)
    return SealedFiles(directory, manifest)


def next_id(index: Path) -> str:
    """One more than the highest id in use; a counter, not a time, so that a wrong clock does no harm."""
    ids = [int(generation) for generation in generation_ids(index)]
    with suppress(NothingPublished, DamagedGeneration):
        ids.append(int(current_id(index)))
    return f"{max(ids, default=0) + 1:06d}"


def publish(index: Path, directory: Path, generation: str, keep: int) -> None:
    """Gives a sealed directory its name, points `current` to it, and removes all but the newest `keep`."""
    os.rename(directory, index / GENERATIONS / generation)
    sync_directory(index / GENERATIONS)
    point_to(index, generation)
    with suppress(OSError):  # it is published; the next build removes what could not be removed now
        prune(index, keep)


def point_to(index: Path, generation: str, instead_of: str | None = None) -> None:
    """Replaces `current` atomically. instead_of: the generation that a rollback replaces.

    Raises BuildFailed, whose message says which generation is published now.
    """
    line = f"{generation} instead of {instead_of}" if instead_of else generation
    try:
        replace_file(index / CURRENT, f"{line} check {_check_value(line)}\n".encode(), CURRENT_MODE)
    except OSError as error:
        serves = "what was published before still serves"
        if isinstance(error, NotDurable):
            serves = f"generation {generation} serves, but may be forgotten if the power fails"
        raise BuildFailed(f"{index / CURRENT} could not be written ({error.strerror}): {serves}") from error


def prune(index: Path, keep: int) -> None:
    """Removes the oldest generations, never the published one. Each loses its name before its files."""
    kept = {current_id(index), *generation_ids(index)[-keep:]}
    for generation in generation_ids(index):
        if generation not in kept:
            removed = index / GENERATIONS / BUILDING
            shutil.rmtree(removed, ignore_errors=True)
            os.rename(index / GENERATIONS / generation, removed)
            shutil.rmtree(removed)


def rollback(index: Path, verify: Callable[[SealedFiles], None] = SealedFiles.verify) -> str:
    """Publishes the newest good generation before the current one and returns its id. Only inside `locked`.

    verify: raises DamagedGeneration for one that is not good.

    It stays published until the content or the settings change: a rebuild from the same content would undo the
    rollback. Raises NothingPublished if there is no such generation.
    """
    try:
        current = int(current_id(index))
    except DamagedGeneration:
        current = 10**12
    ids = generation_ids(index)
    for generation in reversed(ids):
        if int(generation) < current:
            try:
                verify(SealedFiles.at(index / GENERATIONS / generation))
            except DamagedGeneration:
                continue
            point_to(index, generation, instead_of=ids[-1] if ids[-1] != generation else None)
            return generation
    raise NothingPublished(f"no older generation in {index} to go back to; what serves now stays")
