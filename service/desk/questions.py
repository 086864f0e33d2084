"""What visitors ask, as tables, and what one question shows them, with the rules that bear on it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from indexer.errors import QueriesUnavailable
from indexer.model import BadCurationRule, CurationRule, SearchRequest, StoredPost
from indexer.queries.report import LastReport, QueriesReport
from indexer.queries.storage import FOLDER, Recorded, has_queries, open_queries, version_of
from indexer.search.query import checked, parse
from indexer.settings import Settings
from indexer.snapshot import Snapshot
from indexer.text.analysis import title_key
from service.desk.steering import groups_with
from service.results import Results, results_of

log = logging.getLogger("seealso")

FIRST_HITS = 5
_LAST = LastReport()


def queries_report(settings: Settings, snapshot: Snapshot, now: datetime) -> QueriesReport | None:
    """The tables of all questions that are kept, empty where none is; None where they cannot be read, see the log."""
    folder = settings.index.directory / FOLDER
    if not has_queries(folder):
        return QueriesReport()
    since = now.date() - timedelta(days=settings.service.keep_queries_days - 1)

    def recorded() -> Sequence[Recorded]:
        with open_queries(folder, now) as opened:
            if opened.set_aside:
                log.error("%s was damaged and is now %s", opened.file, opened.set_aside)
            return opened.recorded(since)

    try:
        return _LAST.of((folder, version_of(folder), since), snapshot, recorded)
    except QueriesUnavailable as error:
        log.error("the desk shows no questions: %s", error)  # noqa: TRY400  # the reason is all in the message
        return None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a question shows, and why. synonyms: words of it, those they stand for, their groups in the settings.

    without_effect: rules for it that do nothing, or less than they seem to.
    """

    results: Results
    pinned: tuple[StoredPost, ...]
    aliased: tuple[StoredPost, ...]
    synonyms: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    without_effect: tuple[BadCurationRule, ...]

    @property
    def has_rules(self) -> bool:
        return bool(self.pinned or self.aliased or self.synonyms or self.without_effect)


def tried(snapshot: Snapshot, text: str, settings: Settings) -> Tried:
    """The first hits as a visitor gets them; nothing is recorded of it. Raises InvalidQuery."""
    wanted = checked(SearchRequest(parse(text), per_page=FIRST_HITS))
    rules, key = snapshot.reader.rules(wanted.query), title_key(text)
    return Tried(
        results=results_of(snapshot, wanted, settings.content),
        pinned=tuple(snapshot.posts[number] for number in rules.pinned),
        aliased=tuple(snapshot.posts[number] for number in rules.aliased),
        synonyms=tuple((words, others, groups_with(settings, words, others)) for words, others in rules.synonyms),
        without_effect=tuple(rule for rule in snapshot.report().curation_rules if _is_about(rule, key)),
    )


def _is_about(rule: BadCurationRule, key: str) -> bool:
    """Whether a rule was made for a question, by its title key: a pin or alias for all of it, a synonym in it."""
    texts = [title_key(text) for text in (rule.text, *rule.text.split(", "))]
    if rule.what in (CurationRule.PIN, CurationRule.ALIAS):
        return key in texts
    return any(text and f" {text} " in f" {key} " for text in texts)
