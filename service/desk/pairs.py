"""One suggestion as the desk shows it, and as a form sends it back: whose list, which post, which version of the file.

for its list     the post that is looked at gets the suggestion into its list
the other way    the suggested post gets the one that is looked at into its own
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from indexer.editing.queue import Pair
from indexer.editing.saving import read_version
from indexer.editing.suggestions import SuggestionService
from indexer.errors import BadPost, CannotWrite, InvalidQuery, PostGone
from indexer.model import Band, StoredPost, Suggestion
from indexer.output.reasons import because, before
from indexer.settings import ContentSettings

MOST_PAIRS = 50
# Suggestions of a post that are shown each way; for each both texts are read to say why. Others move up.
MOST_OFFERED = 10


class Way(StrEnum):
    """Which of the two posts gets the other one into its list."""

    OF = "of"
    TO = "to"


@dataclass(frozen=True, slots=True)
class Sent:
    """A pair as a form sends it. version: of the source's file as it was shown."""

    source: str
    target: str
    version: str

    def __str__(self) -> str:
        return json.dumps([self.source, self.target, self.version])


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion for a post. other: the post that is suggested. source: whose list would get longer, by target."""

    way: Way
    other: StoredPost
    source: StoredPost
    target: StoredPost
    suggestion: Suggestion
    version: str

    @property
    def sent(self) -> Sent:
        return Sent(self.source.id, self.target.id, self.version)

    @property
    def because(self) -> str:
        return because(self.suggestion)

    @property
    def before(self) -> str:
        return before(self.suggestion)

    @property
    def percent(self) -> int:
        return round(self.suggestion.confidence * 100)

    @property
    def is_put_off(self) -> bool:
        return self.suggestion.is_put_off


def offered(
    service: SuggestionService,
    content: ContentSettings,
    post: StoredPost,
    least: Band,
    taken: frozenset[Pair] = frozenset(),
) -> tuple[list[Offered], list[StoredPost]]:
    """What may still be decided for a post: into its list, then the other way round; and posts with nearly its text.

    taken: pairs that are decided on but not written. Raises CannotWrite where its file is broken, PostGone, NoContent.
    """
    try:
        there, back = service.of(post, MOST_OFFERED), service.to(post, MOST_OFFERED)
    except BadPost as error:
        raise CannotWrite(f"{post.path} can no longer be read as a post: {error.reason}") from None
    found = [
        Offered(Way.OF, one.post, post, one.post, one, there.version or "")
        for one in _sure_enough(there.advice.suggestions, least)
    ]
    for one in _sure_enough(back.advice.suggestions, least):
        try:
            version = read_version(content, one.post.path)
        except (CannotWrite, PostGone):
            continue
        found.append(Offered(Way.TO, one.post, one.post, post, one, version))
    return [one for one in found if (one.source.id, one.target.id) not in taken], list(there.advice.duplicates)


def _sure_enough(suggestions: Sequence[Suggestion], least: Band) -> list[Suggestion]:
    return [suggestion for suggestion in suggestions if suggestion.band in least.and_surer]


def sent_pairs(texts: Sequence[str]) -> list[Sent]:
    """The pairs of a form, each once. Raises InvalidQuery."""
    if not texts:
        raise InvalidQuery("pair", "required", "nothing was chosen: tick at least one suggestion")
    if len(texts) > MOST_PAIRS:
        raise InvalidQuery("pair", "too_many", f"more than {MOST_PAIRS} were chosen: take fewer at once")
    return list(dict.fromkeys(map(_sent_pair, texts)))


def _sent_pair(text: str) -> Sent:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    match values:
        case [str(source), str(target), str(version)] if source != target:
            return Sent(source, target, version)
        case _:
            raise InvalidQuery("pair", "wrong_type", "this form is damaged: load its page again")
