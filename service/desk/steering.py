"""A pin, a search alias or a group of synonyms that is wished for: what it would show, and what would be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from indexer.content.urls import nfc
from indexer.editing.edit import Edit
from indexer.editing.saving import settings_folder, why_read_only
from indexer.editing.steering import groups_in, is_within, rule_written, synonyms_written
from indexer.errors import CannotWrite, InvalidQuery, PostGone, PostNotFound
from indexer.model import CurationRule, EditingMode, SearchRequest, StoredPost
from indexer.search.curation_rules import alias_problem, bad_synonyms, never_matches
from indexer.search.query import checked, parse
from indexer.search.registry import engine_named
from indexer.search.rule_change import RuleChange
from indexer.settings import GROUP, ContentSettings, Settings, is_group
from indexer.snapshot import Snapshot
from indexer.text.analysis import title_key
from service.results import Results, Shown, results_of

# The rules as an address names them.
RULES = {"pin": CurationRule.PIN, "alias": CurationRule.ALIAS, "synonyms": CurationRule.SYNONYMS}
ADD, REMOVE = "add", "remove"
FIRST_HITS, MOST_OFFERED = 5, 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form says. rule: a key of RULES. post: as it was typed. words: those of synonyms, with commas."""

    rule: str
    adds: bool
    question: str
    post: str
    words: str

    @property
    def params(self) -> dict[str, str]:
        """The same as an address has it."""
        do = "" if self.adds else REMOVE
        return {"rule": self.rule, "do": do, "q": self.question, "post": self.post, "words": self.words}

    @property
    def members(self) -> tuple[str, ...]:
        """The synonyms, each once."""
        found = (nfc(" ".join(part.split())) for part in self.words.split(","))
        return tuple(dict.fromkeys(filter(None, found)))

    @property
    def is_complete(self) -> bool:
        """Whether there is something to try. A group of synonyms that ends with a comma waits for its next word."""
        if self.rule == "synonyms":
            return bool(self.words) and not self.words.endswith(",")
        return bool(self.post and self.question)

    @property
    def tried(self) -> str:
        """The question that is tried: of synonyms their first where none is given."""
        return self.question or next(iter(self.members), "")


def wish_of(values: Mapping[str, str]) -> Wish:
    """Raises InvalidQuery for what no form of the desk sends."""
    rule, do = values.get("rule", ""), values.get("do", "") or ADD
    if rule not in RULES or do not in (ADD, REMOVE):
        raise InvalidQuery("rule", "unknown", "this form is damaged: load its page again")
    question, post, words = (" ".join(values.get(name, "").split()) for name in ("q", "post", "words"))
    for text in filter(None, (question, words)):
        checked(SearchRequest(parse(text)))
    return Wish(rule, do == ADD, nfc(question), post, words)


@dataclass(frozen=True, slots=True)
class Moved:
    """A hit as it would be. was: its place now, from 1; 0 where it is not among the first."""

    shown: Shown
    was: int


@dataclass(frozen=True)
class Steering:
    """A wish, on an open snapshot."""

    snapshot: Snapshot
    settings: Settings
    wish: Wish

    @cached_property
    def post(self) -> StoredPost | None:
        """The post that is meant; None for synonyms. Raises PostNotFound."""
        return None if self.wish.rule == "synonyms" else self.snapshot.post(self.wish.post)

    @cached_property
    def change(self) -> RuleChange:
        """The rule that is added or taken away. Raises PostNotFound, CannotWrite."""
        wish, rule = self.wish, RULES[self.wish.rule]
        if self.post:
            return RuleChange(rule, wish.adds, (wish.question,), self.post.number)
        if wish.adds:
            return RuleChange(rule, True, wish.members)
        found = (group for group in groups_in(self.file) if ", ".join(group) == wish.words)
        return RuleChange(rule, False, next(found, wish.members))

    @property
    def file(self) -> Path:
        """The settings file. Raises CannotWrite where there is none."""
        if self.settings.file is None:
            raise CannotWrite("there is no settings file for synonyms: `seealso init` makes seealso.toml")
        return self.settings.file

    @property
    def path(self) -> str:
        """The file that would be written."""
        return self.post.path if self.post else self.file.name

    @property
    def folder(self) -> ContentSettings:
        """The folder of that file."""
        return self.settings.content if self.post else settings_folder(self.file)

    def edit(self, version: str | None = None) -> Edit:
        """What would be written. Raises CannotWrite, also where a build would report the rule as one that does nothing.

        Raises PostNotFound, PostGone, NoContent and StaleVersion, too.
        """
        if self.change.adds and (reason := self._problem()):
            raise CannotWrite(reason)
        if self.post:
            return rule_written(self.settings.content, self.post.path, self.change, version)
        return synonyms_written(self.file, self.change, version)

    def _problem(self) -> str:
        """What the next build would say of the rule; empty where that is nothing."""
        text = self.change.texts[0] if self.change.texts else ""
        if self.post is None:
            return self._problem_of_synonyms()
        if reason := never_matches(text):
            return f"“{text}” {reason}"
        if self.change.rule is CurationRule.PIN:
            return ""
        titled = [one.hit.post for one in self.before.shown if title_key(one.hit.post.title) == title_key(text)]
        reason = alias_problem(self.post, titled, text)
        return f"“{text}” {reason.removesuffix(': take it away')}" if reason else ""

    def _problem_of_synonyms(self) -> str:
        members = self.change.texts
        if not is_group(members):
            return GROUP
        files = self.snapshot.files
        tokens = engine_named(files.manifest.engine).stored_tokens(files)
        languages = [language for language, _ in self.snapshot.reader.search(SearchRequest(parse(""))).languages]
        found = list(bad_synonyms(languages, tokens, [members])) if tokens else []
        return "; ".join(f"“{rule.text}” {rule.reason}" for rule in found)

    # -------------------------------------------------------------------------------------------------- what it shows

    @cached_property
    def before(self) -> Results:
        """The first hits as they are."""
        return self._results(self.snapshot)

    @cached_property
    def after(self) -> Results:
        """The first hits as they would be."""
        return self._results(replace(self.snapshot, reader=self.snapshot.reader.as_if(self.change)))

    def _results(self, snapshot: Snapshot) -> Results:
        request = SearchRequest(parse(self.wish.tried), per_page=FIRST_HITS)
        return results_of(snapshot, request, self.settings.content)

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The first hits as they would be, each with its place now."""
        places = {one.hit.post.id: place for place, one in enumerate(self.before.shown, 1)}
        return tuple(Moved(one, places.get(one.hit.post.id, 0)) for one in self.after.shown)

    @property
    def changes_nothing(self) -> bool:
        first, second = (
            ([one.hit.post.id for one in found.shown], found.hits.total) for found in (self.before, self.after)
        )
        return first == second


@dataclass(frozen=True, slots=True)
class Planned:
    """What the page says of a wish. edit: None where nothing can be written; `refused` then says why.

    read_only: why the service may not write the file, though it should; empty where it may.
    """

    steering: Steering | None = None
    edit: Edit | None = None
    refused: str = ""
    read_only: str = ""


def planned(snapshot: Snapshot, settings: Settings, wish: Wish) -> Planned:
    """What a wish would write, and show. Raises NoContent."""
    if not wish.is_complete:
        return Planned()
    steering = Steering(snapshot, settings, wish)
    try:
        edit = steering.edit()
    except (PostNotFound, PostGone, CannotWrite) as error:
        return Planned(refused=str(error))
    is_written = settings.editing.mode is EditingMode.WRITE
    return Planned(steering, edit, read_only=why_read_only(steering.folder, edit.path) if is_written else "")


def offered(snapshot: Snapshot, wish: Wish) -> Sequence[StoredPost]:
    """Posts that may be meant: those that the typed name finds, or else those that the question does."""
    if wish.rule == "synonyms" or not wish.adds or snapshot.posts.find(wish.post):
        return ()
    text = wish.post or wish.question
    hits = snapshot.reader.search(SearchRequest(parse(text), per_page=MOST_OFFERED)).hits if text.strip() else ()
    return [hit.post for hit in hits]


def groups_with(settings: Settings, words: str, others: Sequence[str]) -> tuple[str, ...]:
    """The groups of the settings file by which words find others, as a form sends them.

    The words may stand there in another form.
    """
    try:
        groups = groups_in(settings.file) if settings.file else []
    except CannotWrite:
        groups = []
    found = [group for group in groups if any(is_within([other], group) for other in others)]
    exact = [group for group in found if is_within([words], group)]
    return tuple(", ".join(group) for group in exact or found)
