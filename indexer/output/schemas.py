"""What answers say: their keys are named here and nowhere else. OpenAPI is made from these records.

A field of a post that every answer shows is declared in `model.PostFacts`, and is in all of them from there.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from indexer.model import FindingKind, PostFacts
from indexer.queries.report import Step
from indexer.store.report import Report

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Moment = Annotated[
    str, Meta(description="In UTC, such as 2026-06-01T12:00:00Z; only the day in what earlier versions wrote.")
]
Spans = Annotated[
    tuple[tuple[int, int], ...], Meta(description="[start, end) in Unicode code points of the text beside it.")
]


class PostAnswer(PostFacts, frozen=True):
    """A published post."""


# ---------------------------------------------------------------------------------------------------- visitors


class SectionAnswer(Struct, frozen=True):
    """A part of a post, with its address."""

    heading: str
    anchor: str
    url: str


class SnippetAnswer(Struct, frozen=True):
    """A piece of the text of a hit."""

    text: str
    spans: Spans


class HitAnswer(PostFacts, frozen=True, kw_only=True):
    """A post that was found. section: the one that matched best; null: the post as a whole."""

    title_spans: Spans
    section: SectionAnswer | None
    snippets: tuple[SnippetAnswer, ...]


class TagCount(Struct, frozen=True):
    """A tag, and how many of the hits carry it."""

    tag: str
    count: Count


class SearchAnswer(Struct, frozen=True):
    """One page of hits, best first.

    more: the posts that have only some of the words, where sort=date asks for most of them. suggestion: the query
    corrected; the hits are those of the corrected words. excluded: what no hit has, because of a minus in the query.
    is_cut: whether only the beginning, or the most telling words, of a long query were asked. completions: of the
    query, where they are asked for. clicks: whether the service wants to be told which hit is followed. newest: the
    newest posts that the filters let through, where no post was found. degraded: whether the index on disk has
    answered, as the cluster that searches did not.
    """

    generation: str
    total: Count
    more: Count
    page: Count
    per_page: Count
    suggestion: str | None
    excluded: tuple[str, ...]
    is_cut: bool
    degraded: bool
    tags: tuple[TagCount, ...]
    completions: tuple[str, ...]
    clicks: bool
    hits: tuple[HitAnswer, ...]
    newest: tuple[PostAnswer, ...]


class CompletionsAnswer(Struct, frozen=True):
    """What a visitor may be about to type, most likely first."""

    generation: str
    completions: tuple[str, ...]


class RelatedPostAnswer(PostFacts, frozen=True, kw_only=True):
    """A post beside another. similarity: null where their texts are not near."""

    curated: bool
    similarity: Annotated[float, Meta(le=1)] | None


class RelatedAnswer(Struct, frozen=True):
    """Posts to read beside one, the curated ones first."""

    generation: str
    post: PostAnswer
    related: tuple[RelatedPostAnswer, ...]


# ----------------------------------------------------------------------------------------------------- editors


class ListedPostAnswer(PostFacts, frozen=True, kw_only=True):
    """A post with the ids of its curated posts."""

    curated: tuple[str, ...]


class PostsAnswer(Struct, frozen=True):
    """One page of all posts, in id order."""

    generation: str
    total: Count
    page: Count
    per_page: Count
    posts: tuple[ListedPostAnswer, ...]


class SharedTermAnswer(Struct, frozen=True):
    """A term that both posts have. share: of their similarity."""

    term: str
    share: Share
    fields: tuple[str, ...]


class SharedSentenceAnswer(Struct, frozen=True):
    """A term where it is read: in a sentence of the post that was asked about, and in one of the suggested post."""

    term: str
    here: SnippetAnswer
    there: SnippetAnswer


class ReasonsAnswer(Struct, frozen=True):
    """Why a post is suggested. The lists name posts by id. sentences: for each of the terms, in their order."""

    terms: tuple[SharedTermAnswer, ...]
    sentences: tuple[SharedSentenceAnswer, ...]
    tags: tuple[str, ...]
    curated_together_by: tuple[str, ...]
    curated_by_similar: tuple[str, ...]
    curates_this: bool
    links_to_this: bool


class DecisionAnswer(Struct, frozen=True):
    """What an editor decided of a suggestion."""

    decision: str
    because: str
    on: Moment


class SuggestionAnswer(PostFacts, frozen=True, kw_only=True):
    """A post that an editor might add. before: what was decided of it earlier."""

    confidence: Share
    band: str
    reasons: ReasonsAnswer
    before: DecisionAnswer | None


class FallbackAnswer(PostFacts, frozen=True, kw_only=True):
    """A post that is offered because nothing better is known."""

    label: str


class SuggestionsAnswer(Struct, frozen=True):
    """Suggestions for one post. version: of its file, to be sent with a decision; null where nothing can be written."""

    generation: str
    post: str
    version: str | None
    calibrated: bool
    suggestions: tuple[SuggestionAnswer, ...]
    duplicates: tuple[PostAnswer, ...]
    fallback: tuple[FallbackAnswer, ...]


class AcceptedAnswer(Struct, frozen=True):
    """What was written into a post's list."""

    generation: str
    post: str
    version: str
    accepted: tuple[str, ...]
    added: tuple[str, ...]
    patch: str
    mode: str
    commit: str | None


class DecidedPairAnswer(Struct, frozen=True):
    """What was decided of one target."""

    target: str
    decision: str
    because: str
    on: Moment


class DecidedAnswer(Struct, frozen=True):
    """What was decided of suggestions for a post."""

    generation: str
    post: str
    version: str
    decided: tuple[DecidedPairAnswer, ...]


# ------------------------------------------------------------------------------------------- the command alone


class WriteAnswer(Struct, frozen=True):
    """A line of the journal: what an editor did. path, patch: null where no post was written. undoes: the id of what
    was taken back, or null. taken_back: whether it was taken back since."""

    id: str
    at: str
    by: str
    action: str
    post: str
    targets: tuple[str, ...]
    path: str | None
    patch: str | None
    undoes: str | None
    taken_back: bool


class JournalAnswer(Struct, frozen=True):
    """The last writes, the newest first."""

    writes: tuple[WriteAnswer, ...]


class StatusAnswer(Report, frozen=True, kw_only=True):
    """What is published, and what its build reported."""

    generation: str
    built_at: str
    age_seconds: Count
    engine: str
    counts: dict[str, int]
    generations: tuple[str, ...]
    damage: tuple[str, ...]


class TokenAnswer(Struct, frozen=True):
    """A token by its name; never the token itself."""

    name: str
    made: str
    expires: str
    expired: bool


class TokensAnswer(Struct, frozen=True):
    tokens: tuple[TokenAnswer, ...]


class AdviceAnswer(Struct, frozen=True):
    """What to do about a question. post: the path of the post that is meant, or null."""

    step: Step
    post: str | None
    text: str


class QuestionAnswer(Struct, frozen=True):
    """What visitors ask. respelt: what is shown instead, or null. rank: the mean place of what was opened, or null."""

    question: str
    language: str
    times: Count
    last: date
    hits: Count
    respelt: str | None
    clicks: Count
    rank: float | None
    page: str | None
    advice: AdviceAnswer


class QueriesAnswer(Struct, frozen=True):
    """What `seealso queries` finds: how often was asked and clicked, and its tables."""

    times: Count
    clicks: Count
    most_asked: tuple[QuestionAnswer, ...]
    without_hits: tuple[QuestionAnswer, ...]
    without_clicks: tuple[QuestionAnswer, ...]
    respelt: tuple[QuestionAnswer, ...]
    clicked_far_down: tuple[QuestionAnswer, ...]


class FindingAnswer(Struct, frozen=True):
    """One thing to mend or to look at. broken: whether a reader misses something now."""

    kind: FindingKind
    broken: bool
    path: str
    line: int | None
    message: str
    candidates: tuple[str, ...]
    is_certain: bool


class RepairAnswer(Struct, frozen=True):
    """A reference that was given another name."""

    path: str
    line: int | None
    name: str
    new_name: str


class CheckAnswer(Struct, frozen=True):
    """What a check found. known, mended: findings of the baseline that are still there, and that are not.

    refused: why other repairs were not made.
    """

    posts: Count
    broken: Count
    known: Count
    mended: Count
    findings: tuple[FindingAnswer, ...]
    repaired: tuple[RepairAnswer, ...]
    refused: tuple[str, ...]


class ExportedPost(Struct, frozen=True):
    """A post in a reader's list, as static sites get it."""

    id: str
    path: str
    url: str
    title: str
    curated: bool


# ------------------------------------------------------------------------------------------------------ errors


class WrongParameter(Struct, frozen=True):
    """The parameter that is wrong, and a stable word for programs that says how."""

    parameter: str
    code: str


class ProblemAnswer(Struct, frozen=True):
    """RFC 9457 problem details."""

    title: str
    status: Count
    detail: str
    errors: tuple[WrongParameter, ...] | UnsetType = UNSET
    type: str = "about:blank"
