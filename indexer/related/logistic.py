"""A logistic regression with a ridge, fitted piece by piece by Newton's method.

scikit-learn finds the same weights (a test compares them), but holds three copies of all examples while it does, and
cannot start the fit of a fold where the fit of all ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_STEPS, MOST_HALVINGS = 100, 30
# In standardised units. What is missing shrinks with the square of the step, so after a short one nothing is.
SHORT = 1e-5
# Bends the slope where every answer is certain and nothing else does; it changes the way and not where it ends.
FLAT = 1e-10


@dataclass(frozen=True, slots=True)
class Piece:
    """Some examples. features: examples × names; weights: how much each example counts."""

    features: Floats
    answers: NDArray[np.bool_]
    weights: Floats


# All examples, in pieces that are always the same.
Examples = Callable[[], Iterable[Piece]]


@dataclass(frozen=True, slots=True)
class Fit:
    """log odds = bias + weights · features, in units of the features as they are."""

    bias: float
    weights: Floats


def moments(examples: Examples) -> tuple[Floats, Floats]:
    """The mean and the standard deviation of every feature, every example counted once."""
    count = sum(len(one.answers) for one in examples())
    mean = np.sum([one.features.sum(axis=0) for one in examples()], axis=0) / count
    square = np.sum([((one.features - mean) ** 2).sum(axis=0) for one in examples()], axis=0)
    return mean, np.sqrt(square / count)


def fit(examples: Examples, mean: Floats, spread: Floats, c: float, start: Fit | None = None) -> Fit:
    """The weights that minimise c · Σ weight · log loss + ½ |weights · spread|².

    spread: the unit of every feature; where it is infinite the feature counts nothing. start: weights near the answer.
    """
    task = _Task(examples, mean, 1.0 / spread, np.append(np.full(len(mean), 1.0 / c), 0.0))  # the bias is free
    weights = task.standard(start or Fit(0.0, np.zeros(len(mean))))
    here = task.at(weights)
    for _ in range(MOST_STEPS):
        step = np.linalg.solve(here.curvature, here.slope).astype(np.float64)
        if np.abs(step).max() < SHORT:
            weights = weights - step
            break
        step, here = _downhill(task, weights, step, here.loss)
        weights = weights - step
    return task.raw(weights)


@dataclass(frozen=True, slots=True)
class _Place:
    """The loss at some weights, how it slopes there and how the slope bends."""

    loss: float
    slope: Floats
    curvature: Floats


def _downhill(task: _Task, weights: Floats, step: Floats, loss: float) -> tuple[Floats, _Place]:
    """The step, or the part of it that does not lead up, and the place where it ends."""
    there = task.at(weights - step)
    for _ in range(MOST_HALVINGS):
        if there.loss <= loss * (1 + 1e-9):
            break
        step = step / 2
        there = task.at(weights - step)
    return step, there


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be minimised. Weights are those of the features in units of their spread, and last the bias."""

    examples: Examples
    mean: Floats
    scale: Floats
    ridge: Floats

    def at(self, weights: Floats) -> _Place:
        loss, slope = 0.5 * float(self.ridge @ weights**2), self.ridge * weights
        curvature = np.diag(self.ridge + FLAT)
        for one in self.examples():
            standard = np.ones((len(one.answers), len(weights)))
            standard[:, :-1] = (one.features - self.mean) * self.scale
            odds = standard @ weights
            small = np.exp(-np.abs(odds))
            chance = np.where(odds > 0, 1.0, small) / (1.0 + small)
            loss += float(one.weights @ (np.maximum(odds, 0.0) + np.log1p(small) - one.answers * odds))
            slope = slope + standard.T @ (one.weights * (chance - one.answers))
            curvature = curvature + standard.T @ (standard * (one.weights * chance * (1.0 - chance))[:, None])
        return _Place(loss, slope, curvature)

    def standard(self, fit: Fit) -> Floats:
        divided = np.divide(fit.weights, self.scale, out=np.zeros_like(fit.weights), where=self.scale > 0)
        return np.append(divided, fit.bias + fit.weights @ self.mean)

    def raw(self, weights: Floats) -> Fit:
        raw = weights[:-1] * self.scale
        return Fit(float(weights[-1] - raw @ self.mean), raw)
