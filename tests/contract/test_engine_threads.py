"""One reader serves all threads of a service."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from corpora import ask, post, section

from indexer.model import Hits
from indexer.search.engine import Reader

THREADS = 8
QUESTIONS = ["rye", '"rye bread"', "bread -oat", "knead dough", "brea", "braed", "-rye", "缓存", '"oat pie" rye', "the"]
POSTS = tuple(
    post(
        f"post-{number:02}",
        f"{('Rye', 'Oat', 'Fig')[number % 3]} bread {number}",
        "Knead the dough. " * (number % 4 + 1),
        section("Oat pie", "Bake it. 缓存失效"),
    )
    for number in range(40)
)


def test_eight_threads_get_the_answers_that_one_gets(indexed: Callable[..., Reader]) -> None:
    reader = indexed(*POSTS)

    def answers() -> list[tuple[Hits, list[str]]]:
        return [(ask(reader, text, prefix=True), reader.complete(text, 5)) for text in QUESTIONS]

    alone = answers()
    together = Barrier(THREADS)

    def at_once() -> list[list[tuple[Hits, list[str]]]]:
        together.wait(timeout=20)
        return [answers() for _ in range(2)]

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(at_once) for _ in range(THREADS)]
        got = [answer for one in running for answer in one.result(timeout=30)]
    assert got == [alone] * (2 * THREADS)
