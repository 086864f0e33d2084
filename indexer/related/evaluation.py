"""`seealso evaluate related`: every ranking beside the others, on the lists that editors made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from indexer.content.site import read_site
from indexer.errors import BadPost
from indexer.links.graph import link_graph
from indexer.model import Corpus, Graph
from indexer.related.baselines import by_newest, by_shared_tags, by_tfidf
from indexer.related.metrics import Ranked, coverage, in_degrees, measures, ranked, scored
from indexer.related.relate import relations
from indexer.settings import ContentSettings


@dataclass(frozen=True, slots=True)
class Lists:
    """Curated lists by post. named: how many targets each list names, published or not; a missing one is a miss."""

    targets: tuple[tuple[int, ...], ...]
    named: tuple[int, ...]


def read_for_evaluation(settings: ContentSettings) -> tuple[Corpus, Graph]:
    """The posts of a content folder and who points to whom."""
    reading = read_site(settings, datetime.now().astimezone().date())
    return reading.corpus, link_graph(reading.corpus, reading.excluded, settings.site)


def lists_from(file: Path, corpus: Corpus) -> Lists:
    """Lists given from outside, by path below the content folder. Raises BadPost where a line is none."""
    numbers = {post.path: number for number, post in enumerate(corpus)}
    targets: list[tuple[int, ...]] = [()] * len(corpus)
    named = [0] * len(corpus)
    for line, text in enumerate(file.read_bytes().removesuffix(b"\n").split(b"\n"), start=1):
        post, related = _list_in(text) or _refused(file, line)
        number = numbers.get(post)
        if number is not None:
            targets[number] = tuple(numbers[path] for path in related if path in numbers)
            named[number] = len(related)
    return Lists(tuple(targets), tuple(named))


def _list_in(text: bytes) -> tuple[str, list[str]] | None:
    """A post and its list, each target once; None where a line says something else."""
    try:
        one = json.loads(text)
    except ValueError:
        return None
    match one:
        case {"post": str(post), "related": [*related]} if all(isinstance(path, str) for path in related):
            return post, list(dict.fromkeys(related))
        case _:
            return None


def _refused(file: Path, line: int) -> NoReturn:
    raise BadPost(str(file), line, 'not {"post": path, "related": [path, …]}')


def compared(corpus: Corpus, graph: Graph, lists: Lists | None = None) -> dict[str, Any]:
    """The measures of every ranking, and which one is used and why. lists: None means those in the posts."""
    lists = lists or Lists(graph.curated, tuple(len(targets) for targets in graph.curated))
    found = relations(corpus, replace(graph, curated=lists.targets))
    simple = {"newest": by_newest, "shared tags": by_shared_tags, "TF-IDF cosine": by_tfidf}
    answers = {name: _asked(rank(corpus), corpus, lists) for name, rank in simple.items()}
    answers["fixed weights"] = scored(found.candidates, found.candidates.fixed, lists.targets, lists.named)
    if found.learning.held_out is not None:
        answers["learned"] = scored(found.candidates, found.learning.held_out, lists.targets, lists.named)
    return {
        "posts": len(corpus),
        "lists": sum(count > 0 for count in lists.named),
        "rankings": [_row(name, answer) for name, answer in answers.items()],
        "because": found.learning.because,
    }


def _asked(rank: Any, corpus: Corpus, lists: Lists) -> Ranked:
    return ranked(rank, len(corpus), lists.targets, lists.named)


def _row(name: str, answer: Ranked) -> dict[str, Any]:
    recommended: Sequence[tuple[int, int]] = in_degrees(answer)
    return {
        "name": name,
        "measures": measures(answer),
        "coverage": coverage(answer),
        "in_degree": recommended[0][1] if recommended else 0,
    }
