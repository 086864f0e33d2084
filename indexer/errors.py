"""Everything that can go wrong, as one tree.

Each class carries the HTTP status that the service answers with and the exit code that the command ends with,
so that a failure means the same thing wherever it is met. Messages name the thing, the reason and the next step.
"""

from __future__ import annotations


class SeeAlsoError(Exception):
    """Base of every error that is somebody's to mend; anything else is a bug in See Also."""

    status = 500
    exit_code = 70


class InvalidQuery(SeeAlsoError):
    """A value that is not allowed in a question.

    parameter: the name of the value; code: a stable word for programs, for example "too_long".
    """

    status = 400
    exit_code = 64

    def __init__(self, parameter: str, code: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.code = code


class PostNotFound(SeeAlsoError):
    """No such post among those published; the same answer for one that never was and one that is a draft."""

    status = 404
    exit_code = 66


class NothingPublished(SeeAlsoError):
    """No generation yet: run `seealso build`."""

    status = 503
    exit_code = 66


class DamagedGeneration(SeeAlsoError):
    """A file of a generation is not what its manifest says."""

    status = 503
    exit_code = 65


class EngineUnavailable(SeeAlsoError):
    """A search engine outside this process did not answer."""

    status = 503
    exit_code = 69


class BuildBusy(SeeAlsoError):
    """Another build or rollback holds the lock."""

    status = 503
    exit_code = 75


class BuildFailed(SeeAlsoError):
    """The build could not be finished; what was published before still serves."""

    exit_code = 74


class NoContent(SeeAlsoError):
    """The content folder is missing, empty, or suddenly much smaller than last time."""

    exit_code = 66


class BadSetting(SeeAlsoError):
    """A setting that is unknown or cannot be used."""

    exit_code = 78


class BadPost(SeeAlsoError):
    """One file that cannot be read as a post. A build collects them all and goes on, unless it is strict.

    path: below the content folder; line: 1-based, or None where no line is to blame.
    """

    exit_code = 65

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}" if line else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class StrictBuildRefused(SeeAlsoError):
    """`build --strict` found something to mend; nothing was published."""

    exit_code = 65
