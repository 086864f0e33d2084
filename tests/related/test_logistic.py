"""The logistic regression: the weights that scikit-learn finds, however the examples are cut and wherever it starts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from indexer.related.logistic import Fit, Piece, fit, moments

POSTS, NAMES = 400, 4


def examples(size: int = POSTS, noise: float = 1.0) -> Iterator[Piece]:
    """Features of very different size; the third never changes; the answers follow two of them, and chance."""
    chance = np.random.RandomState(5)
    features = chance.normal(size=(POSTS, NAMES)) * [1.0, 1e-4, 0.0, 50.0] + [0.0, 3.0, 1.0, -20.0]
    answers = features[:, 0] - features[:, 3] / 50 + noise * chance.normal(size=POSTS) > 1.5
    weights = np.where(chance.random_sample(POSTS) < 0.3, 0.5, 1.0)
    for first in range(0, POSTS, size):
        part = slice(first, first + size)
        yield Piece(features[part], answers[part], weights[part])


def fitted(size: int = POSTS, noise: float = 1.0, c: float = 0.1, start: Fit | None = None) -> Fit:
    mean, spread = moments(lambda: examples(size, noise))
    spread[spread < 1e-9] = np.inf
    return fit(lambda: examples(size, noise), mean, spread, c, start)


@pytest.mark.parametrize("c", [1e-4, 0.1, 100.0])
def test_the_weights_are_those_of_scikit_learn(c: float) -> None:
    (one,) = examples()
    mean, spread = moments(lambda: [one])
    spread[spread < 1e-9] = np.inf
    theirs = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12)
    theirs.fit((one.features - mean) / spread, one.answers, sample_weight=one.weights)
    ours = fit(lambda: [one], mean, spread, c)
    assert ours.weights * np.where(np.isinf(spread), 0.0, spread) == pytest.approx(theirs.coef_[0], abs=1e-7)
    assert ours.bias + ours.weights @ mean == pytest.approx(theirs.intercept_[0], abs=1e-7)


def test_a_feature_that_never_changes_has_no_weight() -> None:
    assert fitted().weights[2] == 0.0


@pytest.mark.parametrize("size", [1, 7, 399])
def test_how_the_examples_are_cut_changes_nothing(size: int) -> None:
    assert fitted(size).weights == pytest.approx(fitted().weights, rel=1e-9)


@pytest.mark.parametrize("start", [Fit(0.0, np.zeros(NAMES)), Fit(-3.0, np.array([2.0, -1.0, 5.0, -0.1]))])
def test_where_it_starts_changes_nothing(start: Fit) -> None:
    assert fitted(start=start).weights == pytest.approx(fitted().weights, rel=1e-6)


def test_answers_that_follow_without_exception_give_weights_that_end() -> None:
    assert np.isfinite(fitted(noise=0.0, c=1e6).weights).all()
