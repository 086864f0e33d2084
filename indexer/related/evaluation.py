"""`seealso evaluate related`: all rankings compared on the lists that editors made."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from indexer.content.site import read_site
from indexer.errors import BadPost
from indexer.links.graph import link_graph
from indexer.model import AcrossLanguages, Corpus, Graph
from indexer.related.baselines import by_newest, by_shared_tags, by_tfidf
from indexer.related.metrics import Ranked, coverage, in_degrees, measures, ranked, scored
from indexer.related.relate import relations
from indexer.settings import ContentSettings


@dataclass(frozen=True, slots=True)
class Lists:
    """The curated list of each post. named: how many targets each list names; one that is not published is a miss."""

    targets: tuple[tuple[int, ...], ...]
    named: tuple[int, ...]


def read_for_evaluation(settings: ContentSettings) -> tuple[Corpus, Graph]:
    """The posts of a content folder and who points to whom."""
    site = read_site(settings, datetime.now().astimezone().date())
    return site.corpus, link_graph(site.corpus, site.excluded, settings.site)


def lists_from(file: Path, corpus: Corpus) -> Lists:
    """Lists from a file of JSON lines, by path below the content folder. Raises BadPost at a line that is none."""
    numbers = {post.path: number for number, post in enumerate(corpus)}
    targets: list[tuple[int, ...]] = [()] * len(corpus)
    named = [0] * len(corpus)
    for line_number, line in enumerate(file.read_bytes().removesuffix(b"\n").split(b"\n"), start=1):
        if (found := _list_in(line)) is None:
            raise BadPost(str(file), line_number, 'not {"post": path, "related": [path, …]}')
        post, related = found
        number = numbers.get(post)
        if number is not None:
            targets[number] = tuple(numbers[path] for path in related if path in numbers)
            named[number] = len(related)
    return Lists(tuple(targets), tuple(named))


def _list_in(line: bytes) -> tuple[str, list[str]] | None:
    """A post and its list, each target once; None where the line holds something else."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    match values:
        case {"post": str(post), "related": [*related]} if all(isinstance(path, str) for path in related):
            return post, list(dict.fromkeys(related))
        case _:
            return None


def compared(
    corpus: Corpus, graph: Graph, lists: Lists | None = None, across: AcrossLanguages = AcrossLanguages.LAST
) -> dict[str, Any]:
    """The measures of every ranking, and which one is used and why. lists: by default those of the posts."""
    lists = lists or Lists(graph.curated, tuple(len(targets) for targets in graph.curated))
    found = relations(corpus, replace(graph, curated=lists.targets), across=across)
    baselines = {"newest": by_newest, "shared tags": by_shared_tags, "TF-IDF cosine": by_tfidf}
    rankings = {
        name: ranked(baseline(corpus), len(corpus), lists.targets, lists.named) for name, baseline in baselines.items()
    }
    rankings["fixed weights"] = scored(found.candidates, found.candidates.fixed, lists.targets, lists.named)
    if found.learning.held_out is not None:
        rankings["learned"] = scored(found.candidates, found.learning.held_out, lists.targets, lists.named)
    return {
        "posts": len(corpus),
        "lists": sum(count > 0 for count in lists.named),
        "rankings": [_row(name, ranking) for name, ranking in rankings.items()],
        "because": found.learning.because,
    }


def _row(name: str, ranking: Ranked) -> dict[str, Any]:
    recommended = in_degrees(ranking)
    return {
        "name": name,
        "measures": measures(ranking),
        "coverage": coverage(ranking),
        "in_degree": recommended[0][1] if recommended else 0,
    }
