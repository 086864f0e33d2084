"""Answers as JSON. The service sends them, and `--json` prints the same; schemas.py names their keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import starmap
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict

from indexer.auth import Token
from indexer.errors import InvalidQuery
from indexer.model import (
    Decision,
    EditingMode,
    Finding,
    Hit,
    Hits,
    Reason,
    Reference,
    Related,
    SearchRequest,
    Snippet,
    StoredPost,
    Suggestion,
    Suggestions,
)
from indexer.output import schemas
from indexer.queries.report import QueriesReport, ReportRow
from indexer.snapshot import Snapshot
from indexer.store.posts import facts_of

if TYPE_CHECKING:  # these bring the Markdown parser along, which nobody needs who only answers
    from indexer.check.findings import Findings
    from indexer.editing.edit import Edit
    from indexer.editing.journal import Entry
    from indexer.editing.suggestions import PostSuggestions


# An answer as it is sent.
encode = msgspec.json.Encoder().encode


def builtins(answer: msgspec.Struct) -> dict[str, Any]:
    """An answer as plain dicts, lists and texts."""
    plain: dict[str, Any] = msgspec.to_builtins(answer)
    return plain


def search(
    snapshot: Snapshot,
    request: SearchRequest,
    hits: Hits,
    completions: Sequence[str] = (),
    newest: Sequence[StoredPost] = (),
    clicks: bool = False,
) -> schemas.SearchAnswer:
    return schemas.SearchAnswer(
        generation=snapshot.id,
        total=hits.total,
        page=request.page,
        per_page=request.per_page,
        more=hits.more,
        suggestion=hits.suggestion,
        excluded=hits.excluded,
        is_cut=hits.is_cut,
        degraded=hits.degraded,
        tags=tuple(starmap(schemas.TagCount, hits.tags)),
        completions=tuple(completions),
        clicks=clicks,
        hits=tuple(map(_hit, hits.hits)),
        newest=tuple(map(_post, newest)),
    )


def _hit(hit: Hit) -> schemas.HitAnswer:
    section = None
    if hit.section:
        anchor = hit.section.anchor
        section = schemas.SectionAnswer(hit.section.heading, anchor, f"{hit.post.url}#{anchor}")
    return schemas.HitAnswer(
        **facts_of(hit.post),
        title_spans=hit.title.spans,
        section=section,
        snippets=tuple(map(_snippet, hit.snippets)),
    )


def _snippet(snippet: Snippet) -> schemas.SnippetAnswer:
    return schemas.SnippetAnswer(snippet.text, snippet.spans)


def _post(post: StoredPost) -> schemas.PostAnswer:
    return schemas.PostAnswer(**facts_of(post))


def completions(snapshot: Snapshot, words: Sequence[str]) -> schemas.CompletionsAnswer:
    return schemas.CompletionsAnswer(snapshot.id, tuple(words))


def related(snapshot: Snapshot, post: StoredPost, found: Sequence[Related]) -> schemas.RelatedAnswer:
    return schemas.RelatedAnswer(snapshot.id, _post(post), tuple(map(_related_post, found)))


def _related_post(related: Related) -> schemas.RelatedPostAnswer:
    similarity = None if related.score is None else round(related.score, 4)
    return schemas.RelatedPostAnswer(**facts_of(related.post), curated=related.curated, similarity=similarity)


def suggestions(
    snapshot: Snapshot, name: str, suggestions: Suggestions, version: str | None
) -> schemas.SuggestionsAnswer:
    return schemas.SuggestionsAnswer(
        generation=snapshot.id,
        post=name,
        version=version,
        calibrated=suggestions.calibrated,
        suggestions=tuple(map(_suggestion, suggestions.suggestions)),
        duplicates=tuple(map(_post, suggestions.duplicates)),
        fallback=tuple(
            schemas.FallbackAnswer(**facts_of(fallback.post), label=fallback.label) for fallback in suggestions.fallback
        ),
    )


def suggestions_of_many(snapshot: Snapshot, found: Sequence[PostSuggestions]) -> dict[str, Any]:
    """Several posts at once, with the generation named once."""
    answers = [builtins(suggestions(snapshot, post.name, post.advice, post.version)) for post in found]
    for answer in answers:
        del answer["generation"]
    return {"generation": snapshot.id, "posts": answers}


def _suggestion(suggestion: Suggestion) -> schemas.SuggestionAnswer:
    return schemas.SuggestionAnswer(
        **facts_of(suggestion.post),
        confidence=round(suggestion.confidence, 4),
        band=str(suggestion.band),
        reasons=_reasons(suggestion.reason),
        before=_decision(suggestion.before) if suggestion.before else None,
    )


def _decision(decision: Decision) -> schemas.DecisionAnswer:
    return schemas.DecisionAnswer(str(decision.verdict), decision.because, decision.on)


def _reasons(reason: Reason) -> schemas.ReasonsAnswer:
    return schemas.ReasonsAnswer(
        terms=tuple(schemas.SharedTermAnswer(term.term, round(term.weight, 4), term.fields) for term in reason.terms),
        sentences=tuple(
            schemas.SharedSentenceAnswer(term.term, *map(_snippet, term.sentences))
            for term in reason.terms
            if term.sentences
        ),
        tags=reason.tags,
        curated_together_by=tuple(post.id for post in reason.together),
        curated_by_similar=tuple(post.id for post in reason.alike),
        curates_this=reason.curated_back,
        links_to_this=reason.linked_back,
    )


def posts(snapshot: Snapshot, total: int, page: int, per_page: int, shown: Sequence[StoredPost]) -> schemas.PostsAnswer:
    listed = (
        schemas.ListedPostAnswer(**facts_of(post), curated=tuple(snapshot.posts[target].id for target in post.curated))
        for post in shown
    )
    return schemas.PostsAnswer(snapshot.id, total, page, per_page, tuple(listed))


def accepted(
    snapshot: Snapshot,
    post: StoredPost,
    targets: Sequence[StoredPost],
    edit: Edit,
    mode: EditingMode = EditingMode.WRITE,
    commit: str = "",
) -> schemas.AcceptedAnswer:
    """What was written, or would be. mode: what became of it. commit: the one that has it, if any."""
    return schemas.AcceptedAnswer(
        generation=snapshot.id,
        post=post.id,
        version=edit.new_version if mode is EditingMode.WRITE else edit.version,
        accepted=tuple(target.id for target in targets),
        added=edit.added,
        patch=edit.patch(),
        mode=str(mode),
        commit=commit or None,
    )


def decided(snapshot: Snapshot, post: StoredPost, decisions: Sequence[Decision], version: str) -> schemas.DecidedAnswer:
    pairs = (
        schemas.DecidedPairAnswer(decision.target, str(decision.verdict), decision.because, decision.on)
        for decision in decisions
    )
    return schemas.DecidedAnswer(snapshot.id, post.id, version, tuple(pairs))


def write(entry: Entry, taken_back: bool) -> schemas.WriteAnswer:
    return schemas.WriteAnswer(
        id=entry.id,
        at=entry.at,
        by=entry.by,
        action=str(entry.action),
        post=entry.post,
        targets=entry.targets,
        path=entry.path or None,
        patch=entry.patch or None,
        undoes=entry.undoes or None,
        taken_back=taken_back,
    )


def journal(found: Sequence[Entry], taken_back: Collection[str]) -> schemas.JournalAnswer:
    return schemas.JournalAnswer(tuple(write(entry, entry.id in taken_back) for entry in found))


def status(snapshot: Snapshot, generations: Sequence[str]) -> schemas.StatusAnswer:
    manifest = snapshot.manifest
    return schemas.StatusAnswer(
        **asdict(snapshot.report()),
        generation=snapshot.id,
        built_at=manifest.built_at,
        age_seconds=max(0, int((datetime.now(UTC) - snapshot.built_at).total_seconds())),
        engine=manifest.engine,
        counts=dict(manifest.counts),
        generations=tuple(generations),
        damage=tuple(map(str, snapshot.wrong)),
    )


def tokens(found: Sequence[Token], now: datetime) -> schemas.TokensAnswer:
    answers = (
        schemas.TokenAnswer(token.name, token.made.isoformat(), token.expires.isoformat(), token.is_expired(now))
        for token in found
    )
    return schemas.TokensAnswer(tuple(answers))


def queries(report: QueriesReport) -> schemas.QueriesAnswer:
    return schemas.QueriesAnswer(
        times=report.times,
        clicks=report.clicks,
        most_asked=tuple(map(_question, report.most_asked)),
        without_hits=tuple(map(_question, report.without_hits)),
        without_clicks=tuple(map(_question, report.without_clicks)),
        respelt=tuple(map(_question, report.respelt)),
        clicked_far_down=tuple(map(_question, report.clicked_far_down)),
    )


def _question(entry: ReportRow) -> schemas.QuestionAnswer:
    one, advice = entry.recorded, entry.advice
    return schemas.QuestionAnswer(
        question=one.question,
        language=one.language,
        times=one.times,
        last=one.last,
        hits=one.hits,
        respelt=one.respelt or None,
        clicks=entry.clicks,
        rank=None if entry.rank is None else round(entry.rank, 1),
        page=entry.url,
        advice=schemas.AdviceAnswer(advice.step, advice.post.path if advice.post else None, advice.text),
    )


def check(
    found: Findings, repaired: Mapping[str, Mapping[Reference, str]], refused: Sequence[str]
) -> schemas.CheckAnswer:
    """repaired: the new names of references by file, where they were written. refused: why others were not."""
    repairs = (
        schemas.RepairAnswer(path, reference.line, reference.name, name)
        for path, changes in repaired.items()
        for reference, name in changes.items()
    )
    return schemas.CheckAnswer(
        posts=len(found.corpus),
        broken=sum(finding.kind.broken for finding in found.findings),
        known=found.known,
        mended=found.mended,
        findings=tuple(map(_finding, found.findings)),
        repaired=tuple(repairs),
        refused=tuple(refused),
    )


def _finding(finding: Finding) -> schemas.FindingAnswer:
    return schemas.FindingAnswer(
        finding.kind,
        finding.kind.broken,
        finding.path,
        finding.line,
        finding.message,
        finding.candidates,
        finding.is_certain,
    )


def drawn(found: Findings) -> dict[str, Any]:
    """What the page of a check shows: posts, findings, and who leads to whom, by number."""
    graph = found.graph
    return {
        "posts": [{"path": post.path, "title": post.title, "url": post.url} for post in found.corpus],
        "findings": [builtins(_finding(finding)) for finding in found.findings],
        "curated": [[post, target] for post, targets in enumerate(graph.curated) for target in targets],
        "linked": [[post, target] for post, targets in enumerate(graph.linked) for target in targets],
        "suggested": [list(pair) for pair in found.suggested],
        "duplicates": [list(pair) for pair in found.duplicates],
    }


def reader_lists(
    snapshot: Snapshot, limit: int, dismissed: Mapping[int, Collection[int]]
) -> dict[str, list[dict[str, Any]]]:
    """What a reader sees beside every post, by the path of its file. dismissed: beside which post which are not."""
    return {
        post.path: [
            builtins(
                schemas.ExportedPost(
                    related.post.id, related.post.path, related.post.url, related.post.title, related.curated
                )
            )
            for related in snapshot.related.for_readers(post, limit, dismissed.get(post.number, ()))
        ]
        for post in snapshot.posts
    }


def problem(status: int, title: str, detail: str, error: Exception | None = None) -> schemas.ProblemAnswer:
    """RFC 9457 problem details. detail: what is wrong, never what was sent and nothing of this machine."""
    if isinstance(error, InvalidQuery):
        wrong = schemas.WrongParameter(error.parameter, error.code)
        return schemas.ProblemAnswer(title, status, detail, (wrong,))
    return schemas.ProblemAnswer(title, status, detail)
