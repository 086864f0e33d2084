"""Everything that can go wrong, as one tree.

Each class carries the HTTP status that the service answers with and the exit code that the command ends with,
so that a failure means the same thing wherever it is met. Messages name the thing, the reason and the next step.
"""

from __future__ import annotations

from collections.abc import Sequence


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


class OtherFormat(DamagedGeneration):
    """A generation that another version has written: nothing is wrong with it, but this version cannot read it."""


class EngineUnavailable(SeeAlsoError):
    """The cluster that searches does not answer, or not completely, or not in time; nothing is wrong with the question.

    may_pass: whether another moment may change that.
    """

    status = 503
    exit_code = 69

    def __init__(self, message: str, may_pass: bool = True) -> None:
        super().__init__(message)
        self.may_pass = may_pass


class BuildBusy(SeeAlsoError):
    """Another build or rollback holds the lock."""

    status = 503
    exit_code = 75


class BuildFailed(SeeAlsoError):
    """The build could not be finished; what was published before still serves."""

    exit_code = 74


class NoContent(SeeAlsoError):
    """The content folder is missing, cannot be read, or is suddenly much smaller than last time."""

    status = 503
    exit_code = 66


class NoPosts(SeeAlsoError):
    """A build that would publish no post at all: files that are all left out, or, if it is the first, no files."""

    exit_code = 65


class ContentVanished(SeeAlsoError):
    """A file or folder of the content went away while it was read; what was published before still serves."""

    status = 503
    exit_code = 65


class BadSetting(SeeAlsoError):
    """A setting that is unknown or cannot be used."""

    exit_code = 78


class NotInstalled(SeeAlsoError):
    """A library that an extra brings, where only what serves is installed."""

    status = 501
    exit_code = 69


# The names by which what an extra brings is imported.
EXTRAS = {
    "build": (
        "anyascii", "frontmatter", "pyromark", "rich", "scipy", "sklearn", "text_unidecode", "threadpoolctl", "tomlkit",
        "whoosh", "yaml",
    ),
    "watch": ("watchfiles",),
    "opensearch": ("opensearchpy",),
}  # fmt: skip


def not_installed(error: ModuleNotFoundError) -> NotInstalled | None:
    """What to install where a library of an extra is missing; None for any other module."""
    missing = (error.name or "").partition(".")[0]
    for extra, libraries in EXTRAS.items():
        if missing in libraries:
            return NotInstalled(
                f'this needs {missing}, which comes with the extra "{extra}": install seealso[{extra}] '
                "instead of seealso"
            )
    return None


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


class NoSuchFile(SeeAlsoError):
    """A file to be inspected that is not there, or not below the content folder."""

    exit_code = 66


class PostGone(SeeAlsoError):
    """A published post whose file is no longer there: build the index anew."""

    status = 410
    exit_code = 66


class NoHistory(SeeAlsoError):
    """git, its repository or a revision that is not there, where it is asked what has changed."""

    exit_code = 66


class CannotWrite(SeeAlsoError):
    """A file that must not be changed, or cannot be changed without a doubt; nothing was written."""

    status = 409
    exit_code = 73


class StaleVersion(SeeAlsoError):
    """A file that is no longer as it was when the suggestion was shown; nothing was written."""

    status = 412
    exit_code = 75

    @classmethod
    def of(cls, path: str) -> StaleVersion:
        """The error for a file that was shown by its path."""
        return cls(f"{path} has changed since it was shown; nothing was written: look at it again")


class VersionRequired(SeeAlsoError):
    """A write that does not say which version of the post it is meant for."""

    status = 428
    exit_code = 64


class NothingToUndo(SeeAlsoError):
    """No decision that could be taken back: none by this editor, or none with this id, or it was taken back before."""

    status = 404
    exit_code = 66


class CannotUndo(SeeAlsoError):
    """A decision that cannot be taken back, as its file or line is no longer what it wrote; nothing was written.

    patch: the change that would have to be taken away by hand; empty where none is known.
    """

    status = 409
    exit_code = 75

    def __init__(self, message: str, patch: str = "") -> None:
        super().__init__(message)
        self.patch = patch


class BadDecisions(SeeAlsoError):
    """A line of decisions.jsonl that cannot be read; nothing is written until it is mended."""

    status = 409
    exit_code = 65


class BadBaseline(SeeAlsoError):
    """A baseline of `seealso check` that is not there or cannot be read."""

    exit_code = 66


class QueriesUnavailable(SeeAlsoError):
    """The file of what visitors asked cannot be read or written, or is damaged; search answers all the same."""

    exit_code = 74

    def __init__(self, message: str, is_damaged: bool = False) -> None:
        super().__init__(message)
        self.is_damaged = is_damaged


class LeftBehind(SeeAlsoError):
    """Decisions and tokens that lie where an earlier version looked for them, and would not be with_decisions."""

    exit_code = 78


class NotAuthorized(SeeAlsoError):
    """No token, or one that is unknown, expired or revoked; all of them look the same from outside."""

    status = 401
    exit_code = 77


class BadTokens(SeeAlsoError):
    """A token that cannot be made or revoked, or a file of tokens that cannot be trusted."""

    exit_code = 78


class CrossSiteRequest(SeeAlsoError):
    """A token that is good, in a request that a page of another site has sent."""

    status = 403
    exit_code = 77


class StrictBuildRefused(SeeAlsoError):
    """`build --strict` found something to mend; nothing was published. lines: one for each thing."""

    exit_code = 65

    def __init__(self, message: str, lines: Sequence[str]) -> None:
        super().__init__(message)
        self.lines = lines
