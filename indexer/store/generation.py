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
from indexer.store.damage import LET_IN, is_forbidden
from indexer.store.durable import NotDurable, remove_leftovers, replace_file, sync_directory
from indexer.store.durable import lock as lock_directory
from indexer.store.manifest import BUILDING, CURRENT, GENERATIONS, MANIFEST, manifest_bytes, sealed_values
from indexer.store.sealed_files import SealedFiles

# Within the index folder everybody may read whatever the umask; who gets that far is up to the index folder itself.
SEALED, SHOWN, ENTERED = 0o444, 0o644, 0o755
_ID = re.compile(r"\d{6,}", re.ASCII)
_CURRENT = re.compile(r"((\d{6,})(?: instead of (\d{6,}))?) check ([0-9a-f]{8})", re.ASCII)
_Loaded = TypeVar("_Loaded")


def _index_unreadable(path: Path, error: OSError) -> DamagedGeneration:
    advice = LET_IN if is_forbidden(error) else "Run `seealso build`"
    return DamagedGeneration(f"{path} cannot be read ({error.strerror}). {advice}")


def posts_of_last(index: Path) -> tuple[str, int] | None:
    """The last generation whose manifest is good, and how many posts it holds; None where there is no such one.

    It may be of another format, and its other files may be damaged: the seal proves the number.
    """
    with suppress(NothingPublished):
        for one in candidates(index):
            with suppress(DamagedGeneration, KeyError, TypeError, ValueError):
                return one, int(sealed_values(index / GENERATIONS / one)["counts"]["posts"])
    return None


def current_id(index: Path) -> str:
    """The id of the published generation. Raises NothingPublished; DamagedGeneration where `current` holds none."""
    return _read_current(index)[0]


def rolled_back_id(index: Path) -> str | None:
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

    def check_still_held(self) -> None:
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
        _clear(lock)
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
        folder.chmod(ENTERED)


def _clear(lock: Lock) -> None:
    """Removes what a killed build left, also where the next finds nothing to do. What resists is met again later."""
    shutil.rmtree(lock.index / GENERATIONS / BUILDING, ignore_errors=True)
    with suppress(OSError):
        remove_leftovers(lock.descriptor, CURRENT)


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


def seal(directory: Path, manifest: Manifest) -> SealedFiles:
    """Lists every file with its SHA-256, writes the manifest, and has all of it on the disk before it returns.

    manifest: all that it is to say but its files. From here on no file can be opened for writing, but by root;
    directories can, or nothing could be removed. Everybody may read, whatever the umask.
    """
    files: dict[str, tuple[int, str]] = {}
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fchmod(file.fileno(), SEALED)
            os.fsync(file.fileno())
        files[path.relative_to(directory).as_posix()] = (path.stat().st_size, digest)
    manifest = replace(manifest, files=files)
    replace_file(directory / MANIFEST, manifest_bytes(manifest), SEALED)
    for folder in {path.parent for path in directory.rglob("*")}:
        folder.chmod(ENTERED)
        sync_directory(folder)
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
    sync_directory(index / GENERATIONS)
    point_to(index, generation)
    with suppress(OSError):  # it serves; what cannot be removed now is removed by the next build
        prune(index, keep)


def point_to(index: Path, generation: str, instead_of: str | None = None) -> None:
    """Replaces `current` in one step. instead_of: the generation that a rollback takes back.

    Raises BuildFailed, which says what serves now.
    """
    line = f"{generation} instead of {instead_of}" if instead_of else generation
    try:
        replace_file(index / CURRENT, f"{line} check {_check_value(line)}\n".encode(), SHOWN)
    except OSError as error:
        serves = "what was published before still serves"
        if isinstance(error, NotDurable):
            serves = f"generation {generation} serves, but may be forgotten if the power fails"
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
