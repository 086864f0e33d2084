"""Answers as JSON: the only place where keys are named. The service sends these, and `--json` prints the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any

from indexer.auth import Token
from indexer.errors import InvalidQuery, SeeAlsoError
from indexer.model import (
    Decision,
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
from indexer.snapshot import Snapshot

if TYPE_CHECKING:  # these bring scikit-learn and the Markdown parser along, which nobody needs who only answers
    from indexer.build import Report
    from indexer.check.findings import Findings
    from indexer.editing.edit import Edit
    from indexer.editing.suggestions import PostSuggestions

Json = dict[str, Any]


def text(body: Json) -> str:
    """An answer as it is sent."""
    return _AS_TEXT(body)


def search(snapshot: Snapshot, request: SearchRequest, hits: Hits) -> Json:
    said: Json = json.loads(search_text(snapshot, request, hits))
    return said


def search_text(snapshot: Snapshot, request: SearchRequest, hits: Hits) -> str:
    """A page of hits as it is sent, put together from texts: what is always the same of a post is written once."""
    page = {
        "generation": snapshot.id,
        "total": hits.total,
        "page": request.page,
        "per_page": request.per_page,
        "suggestion": hits.suggestion,
    }
    tags = ",".join([f'{{"tag":{quoted(tag)},"count":{count}}}' for tag, count in hits.tags])
    found = ",".join([_hit(snapshot, hit) for hit in hits.hits])
    return f'{_AS_TEXT(page)[:-1]},"tags":[{tags}],"hits":[{found}]}}'


def _hit(snapshot: Snapshot, hit: Hit) -> str:
    section = "null"
    if hit.section:
        anchor, heading = hit.section.anchor, hit.section.heading
        url = f"{hit.post.url}#{anchor}"
        section = f'{{"heading":{quoted(heading)},"anchor":{quoted(anchor)},"url":{quoted(url)}}}'
    snippets = ",".join([f'{{"text":{quoted(one.text)},"spans":{_spans(one)}}}' for one in hit.snippets])
    post = snapshot.sent.get(hit.post.number)
    if post is None:
        said = _AS_TEXT(_post(hit.post))[:-1]
        post = snapshot.sent.keep(hit.post.number, said, len(said))
    return f'{post},"title_spans":{_spans(hit.title)},"section":{section},"snippets":[{snippets}]}}'


def _spans(fragment: Snippet) -> str:
    return f"[{','.join([f'[{start},{end}]' for start, end in fragment.spans])}]"


_AS_TEXT = json.JSONEncoder(separators=(",", ":")).encode


def _post(post: StoredPost) -> Json:
    return {
        "id": post.id,
        "url": post.url,
        "title": post.title,
        "description": post.description,
        "tags": list(post.tags),
        "date": post.date.isoformat() if post.date else None,
        "language": post.language,
        "image": post.image,
    }


def completions(snapshot: Snapshot, words: Sequence[str]) -> Json:
    return {"generation": snapshot.id, "completions": list(words)}


def related(snapshot: Snapshot, post: StoredPost, found: Sequence[Related]) -> Json:
    return {
        "generation": snapshot.id,
        "post": _post(post),
        "related": [
            _post(one.post) | {"curated": one.curated, "similarity": None if one.score is None else round(one.score, 4)}
            for one in found
        ],
    }


def suggestions(snapshot: Snapshot, name: str, advice: Suggestions, version: str | None) -> Json:
    return {"generation": snapshot.id, **_advised(name, advice, version)}


def suggestions_of_many(snapshot: Snapshot, told: Sequence[PostSuggestions]) -> Json:
    return {"generation": snapshot.id, "posts": [_advised(one.name, one.advice, one.version) for one in told]}


def _advised(name: str, advice: Suggestions, version: str | None) -> Json:
    return {
        "post": name,
        "version": version,
        "calibrated": advice.calibrated,
        "suggestions": [_suggestion(one) for one in advice.suggestions],
        "duplicates": [_post(one) | {"path": one.path} for one in advice.duplicates],
        "fallback": [_post(one.post) | {"path": one.post.path, "label": one.label} for one in advice.fallback],
    }


def _suggestion(one: Suggestion) -> Json:
    said = {"path": one.post.path, "confidence": round(one.confidence, 4), "band": str(one.band)}
    return (
        _post(one.post)
        | said
        | {"reasons": _reason(one.reason), "before": _decision(one.before) if one.before else None}
    )


def _decision(decision: Decision) -> Json:
    return {"decision": str(decision.verdict), "because": decision.because, "on": decision.on.isoformat()}


def _reason(reason: Reason) -> Json:
    return {
        "terms": [
            {"term": one.term, "share": round(one.weight, 4), "fields": list(one.fields)} for one in reason.terms
        ],
        "tags": list(reason.tags),
        "curated_together_by": [one.id for one in reason.together],
        "curated_by_similar": [one.id for one in reason.alike],
        "curates_this": reason.curated_back,
        "links_to_this": reason.linked_back,
    }


def posts(snapshot: Snapshot, total: int, page: int, per_page: int, shown: Sequence[StoredPost]) -> Json:
    return {
        "generation": snapshot.id,
        "total": total,
        "page": page,
        "per_page": per_page,
        "posts": [
            _post(one) | {"path": one.path, "curated": [snapshot.posts[target].id for target in one.curated]}
            for one in shown
        ],
    }


def accepted(snapshot: Snapshot, post: StoredPost, targets: Sequence[StoredPost], edit: Edit) -> Json:
    return {
        "generation": snapshot.id,
        "post": post.id,
        "version": edit.new_version,
        "accepted": [one.id for one in targets],
        "added": list(edit.added),
        "patch": edit.patch(),
    }


def decided(snapshot: Snapshot, post: StoredPost, decisions: Sequence[Decision], version: str) -> Json:
    return {
        "generation": snapshot.id,
        "post": post.id,
        "version": version,
        "decided": [{"target": one.target} | _decision(one) for one in decisions],
    }


def status(snapshot: Snapshot, generations: Sequence[str]) -> Json:
    manifest = snapshot.manifest
    return {
        "generation": snapshot.id,
        "built_at": manifest.built_at,
        "age_seconds": max(0, int((datetime.now(UTC) - snapshot.built_at).total_seconds())),
        "engine": manifest.engine,
        "counts": dict(manifest.counts),
        "generations": list(generations),
        "damage": [str(one) for one in snapshot.wrong],
        **snapshot.report(),
    }


def build(report: Report) -> Json:
    return {
        "generation": report.generation,
        "changed": report.changed,
        "posts": report.posts,
        "seconds": round(report.seconds, 2),
        "excluded": [
            {"path": one.path, "line": one.line, "reason": str(one.reason), "detail": one.detail}
            for one in report.excluded
        ],
        "references": report.references,
        "relations": report.relations,
        "bad_references": [
            {
                "path": one.path,
                "line": one.line,
                "name": one.name,
                "problem": str(one.problem),
                "candidates": list(one.candidates),
                "is_certain": one.is_certain,
            }
            for one in report.bad_references
        ],
        "curation_rules": [
            {"path": one.path, "what": str(one.what), "text": one.text, "reason": one.reason}
            for one in report.curation_rules
        ],
        "decisions": [{"line": line, "reason": reason} for line, reason in report.decisions],
    }


def tokens(found: Sequence[Token], now: datetime) -> Json:
    return {
        "tokens": [
            {
                "name": one.name,
                "made": one.made.isoformat(),
                "expires": one.expires.isoformat(),
                "expired": one.is_expired(now),
            }
            for one in found
        ]
    }


def check(found: Findings, repaired: Mapping[str, Mapping[Reference, str]], refused: Sequence[str]) -> Json:
    """repaired: the new names of references by file, where they were written. refused: why others were not."""
    return {
        "posts": len(found.corpus),
        "broken": sum(one.kind.broken for one in found.findings),
        "findings": [_finding(one) for one in found.findings],
        "repaired": [
            {"path": path, "line": reference.line, "name": reference.name, "new_name": name}
            for path, changes in repaired.items()
            for reference, name in changes.items()
        ],
        "refused": list(refused),
    }


def _finding(one: Finding) -> Json:
    return {
        "kind": str(one.kind),
        "broken": one.kind.broken,
        "path": one.path,
        "line": one.line,
        "message": one.message,
        "candidates": list(one.candidates),
        "is_certain": one.is_certain,
    }


def drawn(found: Findings) -> Json:
    """What the page of a check shows: posts, findings, and who leads to whom, by number."""
    graph = found.graph
    return {
        "posts": [{"path": post.path, "title": post.title, "url": post.url} for post in found.corpus],
        "findings": [_finding(one) for one in found.findings],
        "curated": [[post, target] for post, targets in enumerate(graph.curated) for target in targets],
        "linked": [[post, target] for post, targets in enumerate(graph.linked) for target in targets],
        "suggested": [list(one) for one in found.suggested],
        "duplicates": [list(one) for one in found.duplicates],
    }


def reader_lists(snapshot: Snapshot, limit: int) -> Json:
    """What a reader sees beside every post, by the path of its file."""
    return {
        post.path: [
            {
                "id": one.post.id,
                "path": one.post.path,
                "url": one.post.url,
                "title": one.post.title,
                "curated": one.curated,
            }
            for one in snapshot.related.for_readers(post, limit)
        ]
        for post in snapshot.posts
    }


def problem(error: SeeAlsoError, title: str) -> Json:
    """RFC 9457 problem details. Says what is wrong, never what was sent and nothing of this machine."""
    body: Json = {"type": "about:blank", "title": title, "status": error.status, "detail": str(error)}
    if isinstance(error, InvalidQuery):
        body["errors"] = [{"parameter": error.parameter, "code": error.code}]
    return body
