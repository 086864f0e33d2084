"""What a cluster adds up of a post is what the columnar engine adds up, however the posts are divided into blocks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from corpora import post

from indexer.errors import BuildFailed, DamagedGeneration
from indexer.model import Corpus
from indexer.search.columnar.inverted_index import index_arrays, link_words
from indexer.search.lexicon import write_lexicon
from indexer.search.metadata import write_metadata
from indexer.search.opensearch import worth
from indexer.search.opensearch.documents import Documents
from indexer.search.opensearch.index import FILE, FORMAT, BuiltIndex, stored
from indexer.search.opensearch.worth import PAIR, counted, title_name
from indexer.search.signs import write_signs
from indexer.settings import SearchSettings
from indexer.text import token_stream
from indexer.text.token_stream import tokens_of

BREAD = Corpus(
    [
        post("rye", "Rye Bread", "The oven bread, rye bread and more bread.", tags=("Baking",), boost=2.0),
        post("salt", "Salt", "Salt in rye bread, and salt on it.", search_aliases=("Rye Salt",)),
        post("empty", "Oven", ""),
        post("steel", "Baking Steel", "An oven with a steel bakes bread. The oven is hot."),
    ]
)
EMPTY, RYE, SALT, STEEL = range(4)  # in the order of ids
LINK_TEXTS = [("oven",), ("the rye loaf", "rye"), (), ("oven", "oven bread")]

# A score of a cluster has nine significant bits.
NEARLY = 1 / 2**8


def documents(tmp_path: Path) -> list[dict[str, Any]]:
    """The posts above as the cluster gets them."""
    tokens, settings = tokens_of(BREAD), SearchSettings()
    term_of = write_lexicon(tmp_path, BREAD, tokens)
    marks, signs = write_metadata(tmp_path, BREAD, settings), write_signs(tmp_path, BREAD, None)
    linked = link_words(BREAD, tokens, LINK_TEXTS)
    lines = Documents(counted(tokens, term_of), BREAD, tokens, term_of, marks, signs, linked)
    return [msgspec.json.decode(one.split(b"\n")[1]) for one in lines]


def scores(tmp_path: Path) -> list[dict[str, float]]:
    """What each term and pair adds to each post on disk, by its name in the cluster."""
    tokens = tokens_of(BREAD)
    term_of = write_lexicon(tmp_path, BREAD, tokens)
    arrays = dict(index_arrays(tokens, term_of, link_words(BREAD, tokens, LINK_TEXTS)))
    terms = len(arrays["idf"])
    found: list[dict[str, float]] = [{} for _ in BREAD]
    for kind, names in (("posting", np.arange(terms)), ("pair", _names(arrays["pairs"], terms))):
        lengths: Any = np.diff(arrays[f"{kind}_starts"].astype(np.int64))
        repeated = np.repeat(names, lengths)
        for number, name, score in zip(arrays[f"{kind}_posts"], repeated, arrays[f"{kind}_scores"], strict=True):
            found[number][str(name)] = float(score) * BREAD[number].boost
    return found


def _names(pairs: Any, terms: int) -> Any:
    first, second = np.divmod(pairs, terms)
    return (first + 1) * PAIR + second


def without_titles(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if int(name) >= 0}


@pytest.mark.parametrize("positions", [1, 12, 1_000_000], ids=["a post a block", "some", "all in one"])
def test_terms_and_pairs_add_what_they_add_on_disk(
    positions: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_stream, "BLOCK", positions)

    sent = [without_titles(document["worth"]) for document in documents(tmp_path)]

    expected = [
        {name: pytest.approx(score, rel=NEARLY) for name, score in of_post.items() if score}
        for of_post in scores(tmp_path)
    ]
    assert sent == expected
    assert any(int(name) >= PAIR for name in sent[RYE])


def test_the_numbers_of_a_title_add_up_to_all_that_it_can_score(tmp_path: Path) -> None:
    rye = documents(tmp_path)[RYE]

    of_title = sum(value for name, value in rye["worth"].items() if int(name) < 0)
    tokens = tokens_of(BREAD)
    term_of = write_lexicon(tmp_path, BREAD, tokens)
    bread, its_rye = (term_of[tokens.words.index(("en", word))] for word in ("bread", "rye"))
    idf = counted(tokens, term_of).idf_of_prose

    # TITLE · matched² / total where all is matched; the boost of the post is 2.
    assert of_title == pytest.approx(2 * 1.7 * (idf[bread] + idf[its_rye]), rel=NEARLY)
    assert str(title_name(int(bread))) in rye["worth"]


def test_no_text_of_a_document_runs_from_one_part_into_the_next(tmp_path: Path) -> None:
    sent = documents(tmp_path)

    assert [len(text.split()) for text in sent[SALT]["text"][:2]] == [1, 8]  # the title, the text
    assert [len(text.split()) for text in sent[EMPTY]["text"]] == [1, 1]  # the title, the path


def test_more_terms_than_names_can_tell_end_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worth, "PAIR", 3)

    with pytest.raises(BuildFailed, match="terms, and the engine"):
        documents(tmp_path)


class _Files:
    """A generation that names one index."""

    def __init__(self, index: BuiltIndex) -> None:
        self._index = index

    def read(self, name: str) -> bytes:
        assert name == FILE
        return msgspec.json.encode(self._index)


def test_an_index_whose_numbers_have_other_names_is_not_asked() -> None:
    old = BuiltIndex("seealso-1", "the-id", 7, 6, format=FORMAT - 1)

    with pytest.raises(DamagedGeneration, match=r"seealso-1 was built by another version.*seealso build --force"):
        stored(_Files(old))  # type: ignore[arg-type]
    assert stored(_Files(BuiltIndex("seealso-1", "the-id", 7, 6, format=FORMAT))).documents == 7  # type: ignore[arg-type]
