"""What speaks for a pair is computed for that pair alone, and is what a comparison of all with all says."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from corpora import post, sealed, section, write

from indexer.model import Corpus, Graph
from indexer.related.field_counts import count_terms
from indexer.related.neighbours import cosine_neighbours
from indexer.related.recommendation import RelatedPosts
from indexer.related.relate import Relations, relations, write_relations
from indexer.related.vectors import WEIGHTINGS, weighted
from indexer.store.arrays import RaggedArray, save_ragged
from indexer.store.posts import PostStore
from indexer.store.sealed_files import SealedFiles
from indexer.text.token_stream import tokens_of

POSTS = 150  # more than one block of rows


def shelf() -> tuple[Corpus, Graph]:
    chance = random.Random(11)
    words = [f"word{number}" for number in range(400)]
    posts = [
        post(
            f"folder{number % 7}/p{number:03}",
            " ".join(chance.choices(words, k=3)),
            section("", " ".join(chance.choices(words, k=chance.randint(0, 30)))),
            section(chance.choice(words), code=" ".join(chance.choices(words[:40], k=4))),
            tags=(chance.choice(words[:9]),),
            day=f"20{10 + number % 9}-01-01" if number % 3 else None,
        )
        for number in range(POSTS)
    ]

    def edges(most: int) -> tuple[tuple[int, ...], ...]:
        return tuple(
            tuple(chance.sample([one for one in range(POSTS) if one != number], chance.randint(0, most)))
            for number in range(POSTS)
        )

    return Corpus(posts), Graph(edges(4), edges(3))


@pytest.fixture(scope="module")
def found() -> Relations:
    return relations(*shelf())


def of_pairs(found: Relations, table: np.ndarray) -> np.ndarray:
    return table[found.candidates.source, found.candidates.target]


@pytest.mark.parametrize("name", ["all_text", "title", "headings", "tags", "path", "code"])
def test_the_cosines_of_pairs_are_those_of_the_whole_product(found: Relations, name: str) -> None:
    first, end = found.vectors.borders()[[*found.vectors.shares].index(name) :][:2]
    matrix = found.vectors.matrix[:, first:end]
    column = found.candidates.features[:, found.candidates.names.index(name)]
    products = of_pairs(found, (matrix @ matrix.T).toarray())
    assert column == pytest.approx(products / found.vectors.shares[name], rel=1e-6)


@pytest.mark.parametrize("name", ["all_text", "title", "tags"])
def test_rounding_moves_a_cosine_by_less_than_a_thousandth(found: Relations, name: str) -> None:
    corpus, _ = shelf()
    counts = count_terms(corpus, tokens_of(corpus)).fields[name]
    matrix = weighted(counts, found.vectors.fields[name], WEIGHTINGS[name])
    column = found.candidates.features[:, found.candidates.names.index(name)]
    assert column == pytest.approx(of_pairs(found, (matrix @ matrix.T).toarray()), abs=1e-3)


def test_the_likeness_of_pairs_is_that_of_the_whole_product(found: Relations) -> None:
    vectors = found.vectors.matrix
    column = found.candidates.features[:, found.candidates.names.index("similarity")]
    assert column.tolist() == of_pairs(found, (vectors @ vectors.T).toarray()).tolist()


def test_what_lists_and_links_say_of_pairs_is_what_they_say_of_all(found: Relations) -> None:
    _, graph = shelf()
    curated, linked = (np.zeros((POSTS, POSTS)) for _ in range(2))
    for edges, table in ((graph.curated, curated), (graph.linked, linked)):
        for source, targets in enumerate(edges):
            table[source, list(targets)] = 1.0
    expected = {
        "target curates source": curated.T,
        "curated together": curated.T @ curated,
        "target links to source": linked.T,
        "source links to target": linked,
        "popularity": np.log1p(curated.sum(axis=0)[None, :] - curated),
    }
    for name, table in expected.items():
        column = found.candidates.features[:, found.candidates.names.index(name)]
        assert column == pytest.approx(of_pairs(found, table), abs=1e-6), name


def test_every_neighbour_is_a_pair_worth_a_look(found: Relations) -> None:
    for number in range(POSTS):
        targets = set(found.candidates.target[found.candidates.of(number)].tolist())
        assert targets >= {one for one in found.nearest.ids[number].tolist() if one >= 0}


def test_fewer_neighbours_are_the_first_of_more(found: Relations) -> None:
    few, _ = cosine_neighbours(found.vectors.matrix, 7)
    assert np.array_equal(few, found.nearest.ids[:, :7])


# --------------------------------------------------------------------------------------------------- the files


def test_words_that_are_known_already_change_no_byte(tmp_path: Path) -> None:
    corpus, graph = shelf()
    for name, tokens in (("counted", None), ("known", tokens_of(corpus))):
        (tmp_path / name).mkdir()
        write_relations(tmp_path / name, corpus, graph, tokens)
    files = sorted(file.name for file in (tmp_path / "known" / "related").iterdir())
    assert {name: (tmp_path / "known" / "related" / name).read_bytes() for name in files} == {
        name: (tmp_path / "counted" / "related" / name).read_bytes() for name in files
    }


class Watched(SealedFiles):
    """Files that remember which were read into memory and not mapped."""

    read_whole: list[str]

    def read(self, name: str) -> bytes:
        self.read_whole.append(name)
        return super().read(name)


def test_opening_parses_nothing_but_the_few_numbers_of_the_model(tmp_path: Path) -> None:
    corpus, graph = shelf()
    write(tmp_path, corpus, graph)
    write_relations(tmp_path, corpus, graph)
    files = Watched(tmp_path, sealed(tmp_path).manifest)
    files.read_whole = []
    posts = PostStore(files)
    related = RelatedPosts(files, posts)
    related.for_editors(posts[0], 10)
    assert [name for name in files.read_whole if not name.endswith(".npy")] == ["related/model.json"]
    assert (tmp_path / "related" / "model.json").stat().st_size < 4_000


@pytest.mark.parametrize("lists", [[], [[]], [[3], [], [1, 2]], [[], []]], ids=str)
def test_lists_of_numbers_come_back_as_they_were_written(tmp_path: Path, lists: list[list[int]]) -> None:
    (tmp_path / "related").mkdir()
    save_ragged(tmp_path / "related", "friends", lists)
    rows = RaggedArray(sealed(tmp_path), "related/friends")
    assert [rows[number].tolist() for number in range(len(lists))] == lists
    assert rows.sizes().tolist() == [len(one) for one in lists]
