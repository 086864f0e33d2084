"""Learning from the editors: no post's own list among its features, adopted only where it wins, calibrated."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import examples
from corpora import post
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.model import Corpus, Graph, Post
from indexer.related.metrics import Ranked, coverage, in_degrees, measures, recall_at
from indexer.related.ranked_lists import ranking
from indexer.related.ranker import UNCALIBRATED, _fitted, learn, pairs_among
from indexer.related.relate import Relations, relations, write_relations

SERIES, PARTS = 20, 6


def library(seed: int = 7) -> Corpus:
    """Posts whose text is chance; that some belong together only their editors know."""
    chance = random.Random(seed)
    words = [f"word{number}" for number in range(60)]
    posts = []
    for number in range(SERIES * PARTS):
        text = " ".join(chance.choice(words) for _ in range(25))
        posts.append(post(f"p{number:03}", f"Post {chance.choice(words)}", f"{text}."))
    return Corpus(posts)


def by_series(corpus: Corpus) -> tuple[tuple[int, ...], ...]:
    """Every post curates the next three of its series."""
    return tuple(
        tuple(number - number % PARTS + (number + step) % PARTS for step in (1, 2, 3)) for number in range(len(corpus))
    )


def by_chance(corpus: Corpus) -> tuple[tuple[int, ...], ...]:
    chance = random.Random(3)
    return tuple(
        tuple(chance.sample([one for one in range(len(corpus)) if one != number], 3)) for number in range(len(corpus))
    )


def graph(curated: tuple[tuple[int, ...], ...], count: int) -> Graph:
    return Graph(curated, tuple(() for _ in range(count)))


@pytest.fixture(scope="module")
def learned() -> Relations:
    corpus = library()
    return relations(corpus, graph(by_series(corpus), len(corpus)))


def test_lists_with_a_pattern_are_learned_from(learned: Relations) -> None:
    assert learned.learning.model.learned
    assert learned.learning.learned is not None
    assert recall_at(learned.learning.learned, 10).mean() > recall_at(learned.learning.fixed, 10).mean() + 0.2
    assert learned.learning.because.startswith("the ranking learned from 120 lists is used: recall@10 ")


def test_lists_that_follow_no_pattern_change_nothing() -> None:
    corpus = library()
    found = relations(corpus, graph(by_chance(corpus), len(corpus))).learning
    assert not found.model.learned
    assert found.because.startswith("the fixed weights rank: learning from 120 lists does not surely win")


@pytest.mark.parametrize("count", [3, 4])
def test_a_few_lists_are_too_few_to_learn_from(count: int) -> None:
    corpus = library()
    lists = tuple(targets if number < count else () for number, targets in enumerate(by_series(corpus)))
    found = relations(corpus, graph(lists, len(corpus))).learning
    assert (found.model.learned, found.learned, found.model.knots) == (False, None, UNCALIBRATED)
    assert "too few to learn from" in found.because


def test_where_nobody_has_written_a_list_that_is_said() -> None:
    corpus = library()
    found = relations(corpus, graph(((),) * len(corpus), len(corpus))).learning
    assert (found.model.learned, found.because) == (False, "no lists to learn from: the fixed weights rank")


@pytest.mark.parametrize("count", [3, 10, 30])
def test_with_few_lists_it_is_never_worse_than_the_fixed_weights(count: int) -> None:
    corpus = library()
    every = by_series(corpus)
    known = tuple(targets if number % (len(corpus) // count) == 0 else () for number, targets in enumerate(every))
    found = relations(corpus, graph(known, len(corpus)))
    unknown = [number for number in range(len(corpus)) if not known[number]]

    def recall(scores: np.ndarray) -> float:
        hits = []
        for number in unknown:
            own = found.candidates.of(number)
            best = found.candidates.target[own][np.argsort(-scores[own], kind="stable")[:10]]
            hits.append(len(set(best.tolist()) & set(every[number])) / 3)
        return float(np.mean(hits))

    assert recall(found.learning.model.scores(found.candidates)) >= recall(found.candidates.fixed)


def test_a_feature_that_never_changes_has_no_weight(learned: Relations) -> None:
    model = learned.learning.model
    weights = dict(zip(model.names, model.weights, strict=True))
    assert (weights["recency"], weights["older"]) == (0.0, 0.0)  # no post has a date


def test_where_the_fit_of_a_fold_starts_changes_nothing(learned: Relations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "indexer.related.ranker._fitted",
        lambda candidates, labels, posts, start=None: _fitted(candidates, labels, posts),
    )
    found = learn(learned.candidates, by_series(library()))
    assert found.held_out == pytest.approx(learned.learning.held_out, abs=1e-7)


@pytest.mark.filterwarnings("error")
def test_lists_that_follow_the_text_without_exception_give_weights_that_end(learned: Relations) -> None:
    pairs = learned.candidates
    found = learn(pairs, [pairs.target[best].tolist() for best in pairs.best(pairs.fixed, 3)])
    assert found.learned is not None
    assert found.held_out is not None
    assert recall_at(found.learned, 10).mean() == 1.0
    assert np.isfinite(found.held_out).all()


@given(seed=st.integers(0, 10_000), source=st.integers(0, 11))
@settings(max_examples=examples(25), deadline=None)
def test_the_features_of_a_post_do_not_know_its_own_list(seed: int, source: int) -> None:
    chance = random.Random(seed)
    texts = ["rye dough", "oat flakes", "rye oat", "fig jam", "fig rye"]
    corpus = Corpus([post(f"p{n:02}", f"Post {n}", chance.choice(texts)) for n in range(12)])
    lists = tuple(
        tuple(chance.sample([one for one in range(12) if one != number], chance.randint(0, 4))) for number in range(12)
    )
    linked = tuple(tuple(chance.sample([one for one in range(12) if one != number], 1)) for number in range(12))
    without = tuple(() if number == source else targets for number, targets in enumerate(lists))
    known = relations(corpus, Graph(lists, linked)).candidates
    hidden = relations(corpus, Graph(without, linked)).candidates
    assert known.target[known.of(source)].tolist() == hidden.target[hidden.of(source)].tolist()
    assert np.array_equal(known.features[known.of(source)], hidden.features[hidden.of(source)])


def test_confidence_rises_with_the_score_and_stays_between_0_and_1(learned: Relations) -> None:
    scores = np.linspace(-20, 20, 200)
    confidence = learned.learning.model.confidence(scores)
    assert (np.diff(confidence) >= 0).all()
    assert ((confidence >= 0) & (confidence <= 1)).all()


def test_confidence_is_the_share_that_would_be_accepted(learned: Relations) -> None:
    pairs, scores = learned.candidates, learned.learning.held_out
    assert scores is not None
    lists = by_series(library())
    shown = np.concatenate(
        [pairs.of(one).start + np.argsort(-scores[pairs.of(one)], kind="stable")[:10] for one in range(len(lists))]
    )
    taken = [int(pairs.target[pair]) in lists[int(pairs.source[pair])] for pair in shown]
    assert learned.learning.model.confidence(scores[shown]).mean() == pytest.approx(np.mean(taken), abs=0.05)


def test_no_post_crowds_the_first_tens() -> None:
    corpus = library()
    # Everybody curates the first post.
    lists = tuple((0, targets[0]) if number else targets for number, targets in enumerate(by_series(corpus)))
    found = relations(corpus, graph(lists, len(corpus)))
    ids, _ = ranking(found.candidates, found.learning)
    assert (ids[:, :10] == 0).sum() <= 12  # a tenth of 120 posts


# ----------------------------------------------------------------------------------------------------- dismissed


@pytest.fixture(scope="module")
def half_listed() -> Relations:
    """Only every other series has lists."""
    corpus = library()
    lists = tuple(targets if number // PARTS % 2 else () for number, targets in enumerate(by_series(corpus)))
    return relations(corpus, graph(lists, len(corpus)))


def lists_of(found: Relations) -> list[tuple[int, ...]]:
    count = len(found.candidates.starts) - 1
    return [targets if number // PARTS % 2 else () for number, targets in enumerate(by_series(library()))][:count]


def most_alike(found: Relations, posts: list[int]) -> list[tuple[int, int]]:
    """The five most like each of some posts, but for those of its series: an editor who does not care for words."""
    alike = [(post, int(target)) for post in posts for target in found.nearest.ids[post][:5]]
    return [(post, target) for post, target in alike if post // PARTS != target // PARTS]


def test_a_dismissed_pair_stands_in_no_ranking_and_the_next_moves_up(learned: Relations) -> None:
    before, _ = ranking(learned.candidates, learned.learning)
    first, second = before[7, :2].tolist()
    after, _ = ranking(learned.candidates, learned.learning, [(7, first)])
    assert first not in after[7]
    assert after[7, 0] == second
    assert (after[7] >= 0).all()  # as many as are stored for any post


def test_a_dismissed_pair_counts_more_than_one_that_was_only_not_named(learned: Relations) -> None:
    lists = by_series(library())
    dismissed = most_alike(learned, list(range(120)))
    dismissed_pairs = pairs_among(learned.candidates, dismissed)
    with_dismissals = learn(learned.candidates, lists, dismissed).model.scores(learned.candidates)
    without_dismissals = learned.learning.model.scores(learned.candidates)

    def lead(scores: np.ndarray) -> float:
        return float(scores[dismissed_pairs].mean() - scores[~dismissed_pairs].mean())

    assert lead(with_dismissals) < lead(without_dismissals)


def test_what_was_dismissed_of_posts_without_a_list_is_learned_from(half_listed: Relations) -> None:
    pairs, lists = half_listed.candidates, lists_of(half_listed)
    without = [post for post, targets in enumerate(lists) if not targets]
    dismissed_pairs = pairs_among(pairs, most_alike(half_listed, without[::2]))
    alike = pairs_among(pairs, most_alike(half_listed, without[1::2]))  # nobody decided on these
    with_dismissals = learn(pairs, lists, most_alike(half_listed, without[::2])).model.scores(pairs)
    without_dismissals = half_listed.learning.model.scores(pairs)
    rest = ~alike & ~dismissed_pairs

    def lead(scores: np.ndarray) -> float:
        return float(scores[alike].mean() - scores[rest].mean())

    assert lead(with_dismissals) < lead(without_dismissals)


def test_what_is_dismissed_bends_neither_confidence_nor_what_is_measured(half_listed: Relations) -> None:
    pairs, lists = half_listed.candidates, lists_of(half_listed)
    without = [post for post, targets in enumerate(lists) if not targets]
    found = learn(pairs, lists, most_alike(half_listed, without))
    assert found.learned is not None
    assert found.learned.named == half_listed.learning.fixed.named
    assert found.fixed == half_listed.learning.fixed
    every, scores = by_series(library()), found.model.scores(pairs)
    best = np.concatenate([pairs.best(scores, 10)[post] for post in without])
    taken = [int(pairs.target[pair]) in every[int(pairs.source[pair])] for pair in best]
    assert found.model.confidence(scores[best]).mean() == pytest.approx(np.mean(taken), abs=0.05)


def test_dismissing_alone_teaches_nothing(learned: Relations) -> None:
    nothing = [()] * 120
    found = learn(learned.candidates, nothing, most_alike(learned, list(range(120))))
    assert found.model == learn(learned.candidates, nothing).model


# ---------------------------------------------------------------------------------------------------- evaluation


TINY = Ranked(top=((1, 2), (0, 2), (0, 1)), is_listed=((True, False), (False, True)), named=(1, 2))


def test_measures_by_hand() -> None:
    second = 1 / np.log2(3)
    expected = {"recall@5": 0.75, "recall@10": 0.75, "MRR": 0.75, "nDCG@10": (1 + second / (1 + second)) / 2}
    found = measures(TINY)
    assert {name: mean for name, (mean, _, _) in found.items()} == pytest.approx(expected)
    assert all(low <= mean <= high for mean, low, high in found.values())


def test_coverage_and_in_degrees_by_hand() -> None:
    assert coverage(TINY) == 1.0
    assert in_degrees(replace(TINY, top=((1, 2), (2,), ())))[0] == (2, 2)


# --------------------------------------------------------------------------------------------------- the files


def tiny_site() -> tuple[Corpus, Graph]:
    corpus = library()
    return corpus, graph(by_series(corpus), len(corpus))


def digests(directory: Path) -> list[str]:
    files = sorted((directory / "related").iterdir())
    return [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]


BUILD_AGAIN = """
import sys
from pathlib import Path

from test_ranker import digests, tiny_site
from indexer.related.relate import write_relations

write_relations(Path(sys.argv[1]), *tiny_site())
print("\\n".join(digests(Path(sys.argv[1]))))
"""


def test_two_builds_of_one_corpus_are_equal_to_the_byte_in_another_process_too(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    write_relations(here, *tiny_site())
    folders = [Path(__file__).parent, Path(__file__).parents[1], Path(__file__).parents[2]]
    # Another hash seed, so that the order of sets is another one.
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(map(str, folders))}
    run = subprocess.run(
        [sys.executable, "-c", BUILD_AGAIN, str(there)], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == digests(here)


@pytest.mark.parametrize(
    "posts",
    [
        [],
        [post("a", "Rye", "Dough.")],
        [post("a", "Rye", "Dough."), post("b", "Oat", "Flakes.")],
        [post(name, "The", "And of the.") for name in "abc"],
        [post(name, "Same", "The same text.") for name in "abcd"],
        [post(name, "") for name in "abc"],
        [post(f"p{number}", f"Post {number}", f"Rye dough {number}.") for number in range(16)],
        [
            post("a", "Rye", "Dough."),
            post("b", "Roggen", "Der Teig.", language="de"),
            post("c", "酵母", "面团。", language="zh"),
        ],
    ],
    ids=["no posts", "one", "two", "stop words", "identical", "empty", "sixteen", "three languages"],
)
def test_any_site_can_be_related(tmp_path: Path, posts: list[Post]) -> None:
    corpus = Corpus(posts)
    summary, _ = write_relations(tmp_path, corpus, graph(tuple(() for _ in posts), len(posts)))
    assert "no lists to learn from" in summary["because"]
    ranked = np.load(tmp_path / "related" / "ranked.npy", allow_pickle=False)
    assert ranked.shape[0] == len(posts)
    assert all(number not in row for number, row in enumerate(ranked.tolist()))


def test_a_model_is_plain_numbers(learned: Relations) -> None:
    model = learned.learning.model
    assert len(model.weights) == len(model.names)
    assert learn(learned.candidates, by_series(library())).model == model
