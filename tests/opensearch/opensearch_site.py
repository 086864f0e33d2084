"""A site on real nodes, and visitors who never stop asking."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from corpora import ids
from nodes import Node, Nodes

from indexer.errors import EngineUnavailable, SeeAlsoError
from indexer.model import EngineName, Hits, SearchRequest
from indexer.search.engine import Reader
from indexer.search.opensearch.cluster import patiently
from indexer.search.query import parse
from indexer.settings import OpenSearchSettings, SearchSettings
from service.follower import GenerationFollower

if TYPE_CHECKING:
    from conftest import Site

# On a machine that runs three nodes and a build, a second is short; what is promised counts from here.
DEADLINE, SLACK = 4.0, 1.5
WORDS = ("rye", "bread", "oven", "salt", "crust", "dough", "starter", "loaf", "bake", "proof", "flour", "water")
QUESTIONS = ("rye bread", '"oven salt"', "crust -dough", "starter loaf bake", "prof", "water flour")


def search_on(nodes: Nodes, **settings: object) -> SearchSettings:
    given = {"hosts": tuple(nodes.urls), "timeout": DEADLINE, "prefix": "seealso-faults"} | settings
    return SearchSettings(EngineName.OPENSEARCH, opensearch=OpenSearchSettings(**given))  # type: ignore[arg-type]


def fill(site: Site, generation: int = 1, posts: int = 40) -> None:
    """Posts with words of their own; each says in its title of which generation it is."""
    for number in range(posts):
        body = " ".join(WORDS[(number * step + step) % len(WORDS)] for step in range(1, 40))
        site.post(f"p{number:03d}.md", f"{WORDS[number % len(WORDS)]} {number} of {generation}", body, tags="[a, b]")


def question(text: str) -> SearchRequest:
    return SearchRequest(parse(text, prefix=True), per_page=20)


def seen(hits: Hits) -> tuple[tuple[str, ...], int, object]:
    """What a visitor sees of an answer."""
    return tuple(ids(hits)), hits.total, hits.tags


def first_answer(reader: Reader, text: str) -> tuple[tuple[str, ...], int, object]:
    return seen(reader.search(question(text)))


@dataclass
class Asked:
    """What became of questions. wrong: with another answer than before. slowest: in seconds."""

    right: int = 0
    refused: int = 0
    wrong: list[tuple[str, Hits | SeeAlsoError]] = field(default_factory=list)
    slowest: float = 0.0


def right_again(asked: Asked, seconds: float) -> int:
    """How many more are answered rightly, 20 if that takes no longer than so many seconds."""
    before, end = asked.right, time.monotonic() + seconds
    while asked.right < before + 20 and time.monotonic() < end:
        time.sleep(0.1)
    return asked.right - before


@contextmanager
def setting(node: Node, name: str, value: object) -> Iterator[None]:
    """A setting of the whole cluster, taken back afterwards."""
    node.ask("PUT", "/_cluster/settings", {"persistent": {name: value}}, timeout=30)
    try:
        yield
    finally:
        node.ask("PUT", "/_cluster/settings", {"persistent": {name: None}}, timeout=30)


def answer(reader: Reader, text: str) -> Hits | SeeAlsoError:
    """What a visitor gets, be it an error."""
    try:
        return reader.search(question(text))
    except SeeAlsoError as error:
        return error


@contextmanager
def asking(site: Site, judge: Callable[[str, Hits], bool] | None = None, threads: int = 2) -> Iterator[Asked]:
    """Asks what a service would, all the time, and compares each answer with the one before.

    judge: whether an answer to a question is right, where it may change.
    """
    follower = GenerationFollower(site.index, 0, site.settings.search)
    reader = follower.get().reader
    expected = {text: patiently(partial(first_answer, reader, text)) for text in QUESTIONS}
    is_right = judge or (lambda text, hits: seen(hits) == expected[text])
    asked, lock, ended = Asked(), threading.Lock(), threading.Event()

    def loop() -> None:
        number = 0
        while not ended.is_set():
            text = QUESTIONS[(number := number + 1) % len(QUESTIONS)]
            started, snapshot = time.monotonic(), follower.get()
            found = answer(snapshot.reader, text)
            with lock:
                asked.slowest = max(asked.slowest, time.monotonic() - started)
                if isinstance(found, EngineUnavailable):
                    asked.refused += 1
                elif isinstance(found, Hits) and is_right(text, found):
                    asked.right += 1
                else:
                    asked.wrong.append((text, found))
            if isinstance(found, EngineUnavailable):
                time.sleep(0.05)

    running = [threading.Thread(target=loop, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield asked
    finally:
        ended.set()
        for thread in running:
            thread.join()
