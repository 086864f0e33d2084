"""Learning from the editors: a logistic regression on what speaks for each pair, adopted only where it wins.

No post's own list is ever among its features, and scores to compare come from folds that did not see the post's list
as an answer. With few lists the weights shrink to the fixed score, and without proof the fixed score ranks. What an
editor dismissed is an example against; what is measured on lists, proof and confidence, stays as it is without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from indexer.related.candidates import Candidates
from indexer.related.metrics import Ranked, ndcg, recall_at, resampled, scored

Floats = NDArray[np.float64]

FOLDS = 5
FEWEST_LISTS = 5  # fewer cannot fill the folds, and nothing could be proved
# Strong enough that thirty lists do not bend a weight; with a thousand it makes no difference (measured).
REGULARISATION = 0.02
# The fixed score is one feature more, scaled so that regularisation hardly reaches it: weights shrink towards it.
FIXED_SCALE = 30.0
# Of the mean gradient. From there on no weight changes in its first six digits, wherever a fit starts (measured).
TOLERANCE = 1e-10
# Posts at the top that no list names are more often forgotten than wrong; they count less as examples against.
FORGOTTEN_RANKS, FORGOTTEN_WEIGHT = 11, 0.5
SURE = 0.95  # share of the resamples in which learning must win to be adopted
# Suggestions of this depth are what confidence is calibrated on; nobody looks further.
CALIBRATED_DEPTH = 20
FEWEST_IN_BIN, MOST_BINS = 40, 40
# What a fixed score stands for where a site has no lists: the share accepted, pooled over four sites.
UNCALIBRATED = ((0.0, 0.01), (0.05, 0.03), (0.1, 0.05), (0.2, 0.1), (0.3, 0.16), (0.4, 0.25), (0.6, 0.43))


@dataclass(frozen=True, slots=True)
class Model:
    """Numbers that turn a pair into a confidence. learned: whether `weights` rank, or the fixed score alone.

    score = bias + weights · features + fixed_weight · fixed; knots: (score, confidence), straight lines between them.
    """

    names: tuple[str, ...]
    learned: bool
    bias: float
    weights: tuple[float, ...]
    fixed_weight: float
    knots: tuple[tuple[float, float], ...]
    calibrated: bool

    def scores(self, candidates: Candidates) -> Floats:
        """The score of every pair; higher is likelier."""
        return _scores(candidates, slice(None), Fit(self.bias, np.array([*self.weights, self.fixed_weight])))

    def confidence(self, scores: Floats) -> Floats:
        """Scores → the share of such suggestions that an editor would accept, 0..1."""
        xs, ys = zip(*self.knots, strict=True)
        return np.asarray(np.interp(scores, xs, ys))


@dataclass(frozen=True, slots=True)
class Learning:
    """The model that ranks and how it came to be.

    fixed, learned: what each ranking answers, learned from models that did not see the post's list; it and held_out,
    the scores of the pairs, are None where there are too few lists.
    """

    model: Model
    fixed: Ranked
    learned: Ranked | None
    held_out: Floats | None
    because: str

    @property
    def used(self) -> Ranked:
        return self.learned if self.model.learned and self.learned else self.fixed


@dataclass(frozen=True, slots=True)
class Fit:
    """log odds = bias + weights · features and, last, the fixed score, in units of the features as they are."""

    bias: float
    weights: Floats


@dataclass(frozen=True, slots=True)
class _Answers:
    """What editors said of every pair: that it belongs in the list of the source, or that it does not.

    known: whether anything was said; of a post without a list, that is so of what was dismissed and of nothing else.
    """

    named: NDArray[np.bool_]
    dismissed: NDArray[np.bool_]
    known: NDArray[np.bool_]


def learn(
    candidates: Candidates, lists: Sequence[Sequence[int]], dismissed: Sequence[tuple[int, int]] = ()
) -> Learning:
    """The best model that the site's own lists can prove.

    lists: for each post its curated posts. dismissed: pairs of source and target that no list holds.
    """
    # One thread: the last bits of a sum must not depend on how many cores there are, and a busy machine is no slower.
    with threadpool_limits(limits=1):
        return _learn(candidates, lists, dismissed)


def _learn(candidates: Candidates, lists: Sequence[Sequence[int]], dismissed: Sequence[tuple[int, int]]) -> Learning:
    sources = [post for post, targets in enumerate(lists) if targets]
    named, refused = answers_in(candidates, lists), among(candidates, dismissed)
    listed = np.isin(candidates.source, sources)
    answers = _Answers(named, refused, listed | refused)
    fixed = scored(candidates, candidates.fixed, lists)
    if len(sources) < FEWEST_LISTS:
        count = f"{len(sources)} curated list{' is' if len(sources) == 1 else 's are'}"
        because = f"{count} too few to learn from: the fixed weights rank"
        return Learning(_fixed_model(candidates, candidates.fixed, named, sources), fixed, None, None, because)
    asked = sorted({*sources, *candidates.source[refused].tolist()})
    best = _fitted(candidates, answers, asked)
    held_out = _held_out_scores(candidates, answers, asked, best)
    held_out[~listed] = _scores(candidates, ~listed, best)
    learned = scored(candidates, held_out, lists)
    comparison = (
        f"recall@10 {recall_at(learned, 10).mean():.3f} against {recall_at(fixed, 10).mean():.3f} on held-out lists"
    )
    if not _surely_better(learned, fixed):
        because = f"the fixed weights rank: learning from {len(sources):,} lists does not surely win ({comparison})"
        return Learning(_fixed_model(candidates, candidates.fixed, named, sources), fixed, learned, held_out, because)
    knots = calibration(candidates, held_out, named, sources)
    *weights, fixed_weight = best.weights.tolist()
    model = Model(candidates.names, True, best.bias, tuple(weights), fixed_weight, knots, calibrated=True)
    return Learning(
        model, fixed, learned, held_out, f"the ranking learned from {len(sources):,} lists is used: {comparison}"
    )


def _surely_better(learned: Ranked, fixed: Ranked) -> bool:
    """Whether learning finds no less, and orders what it finds better in nearly all resamples of the lists.

    recall@10 alone says nothing on a small site, where ten posts are a third of it.
    """
    better = ndcg(learned) - ndcg(fixed)
    wins = float((resampled(better[None]) > 0).mean())
    return wins >= SURE and float(recall_at(learned, 10).mean()) >= float(recall_at(fixed, 10).mean())


def answers_in(candidates: Candidates, lists: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """For each pair whether the source's list names the target."""
    return among(candidates, [(post, target) for post, targets in enumerate(lists) for target in targets])


def among(candidates: Candidates, pairs: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """For each candidate whether it is one of some pairs of source and target."""
    posts = len(candidates.starts)
    wanted = np.array([source * posts + target for source, target in pairs], dtype=np.int64)
    return np.isin(candidates.source.astype(np.int64) * posts + candidates.target, wanted)


def _pairs_of(candidates: Candidates, posts: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(candidates.starts[post], candidates.starts[post + 1]) for post in posts])


def _held_out_scores(candidates: Candidates, answers: _Answers, sources: list[int], all_seen: Fit) -> Floats:
    """The score of every pair of a post of which editors said something, from a model that was not told what.

    all_seen: the model of all lists; it is where the search for the others starts, and no more than that.
    """
    scores = np.zeros(len(candidates.source))
    order = np.random.RandomState(0).permutation(len(sources))
    for fold in range(FOLDS):
        asked = [sources[place] for place in order[fold::FOLDS]]
        seen = sorted(set(sources).difference(asked))
        pairs = _pairs_of(candidates, asked)
        scores[pairs] = _scores(candidates, pairs, _fitted(candidates, answers, seen, all_seen))
    return scores


def _scores(candidates: Candidates, pairs: NDArray[Any] | slice, fit: Fit) -> Floats:
    """fit: weights of all features and, last, of the fixed score."""
    scores: Floats = (
        fit.bias + candidates.features[pairs] @ fit.weights[:-1] + fit.weights[-1] * candidates.fixed[pairs]
    )
    return scores


def _fitted(candidates: Candidates, answers: _Answers, posts: Sequence[int], start: Fit | None = None) -> Fit:
    """The weights learned from what editors said of some posts. start: weights near the answer."""
    from sklearn.linear_model import LogisticRegression  # takes a second; only a site with lists pays it
    from sklearn.preprocessing import StandardScaler

    pairs = _pairs_of(candidates, posts)
    pairs = pairs[answers.known[pairs]]
    named = answers.named[pairs]
    if not named.any() or named.all():
        return Fit(0.0, np.append(np.zeros(len(candidates.names)), 1.0))
    features = np.column_stack([candidates.features[pairs], candidates.fixed[pairs]])
    scaler = StandardScaler(copy=False).fit(features)
    scaler.scale_[-1] /= FIXED_SCALE
    regression = LogisticRegression(C=REGULARISATION, solver="newton-cholesky", tol=TOLERANCE, warm_start=True)
    if start:
        regression.coef_ = (start.weights * scaler.scale_)[None]
        regression.intercept_ = np.array([start.bias + start.weights @ scaler.mean_])
    regression.fit(scaler.transform(features), named, sample_weight=_counting(candidates, answers, pairs))
    weights = regression.coef_[0] / scaler.scale_
    return Fit(float(regression.intercept_[0] - weights @ scaler.mean_), weights)


def _counting(candidates: Candidates, answers: _Answers, pairs: NDArray[np.int64]) -> Floats:
    """How much each pair counts as an example."""
    near = candidates.features[pairs, candidates.names.index("rank")] > 1 / (1 + FORGOTTEN_RANKS)
    forgotten = near & ~answers.named[pairs] & ~answers.dismissed[pairs]
    return np.where(forgotten, FORGOTTEN_WEIGHT, 1.0)


def _fixed_model(candidates: Candidates, scores: Floats, answers: NDArray[np.bool_], sources: list[int]) -> Model:
    enough = len(sources) >= FEWEST_LISTS and bool(len(_pairs_of(candidates, sources)))
    knots = calibration(candidates, scores, answers, sources) if enough else UNCALIBRATED
    nothing = (0.0,) * len(candidates.names)
    return Model(candidates.names, False, 0.0, nothing, 1.0, knots, calibrated=enough)


def calibration(
    candidates: Candidates, scores: Floats, answers: NDArray[np.bool_], sources: list[int]
) -> tuple[tuple[float, float], ...]:
    """Knots (score, share accepted) that rise, on the best held-out pairs of each post with a list.

    A sigmoid would not do: it goes to 1, and even the surest suggestions are only taken nine times in ten. So the pairs
    are put in bins of equal size by score and the shares made to rise by isotonic regression.
    """
    from scipy.optimize import isotonic_regression  # takes a third of a second; only a site with lists pays it

    best = []
    for post in sources:
        own = np.arange(candidates.starts[post], candidates.starts[post + 1])
        best.append(own[np.argsort(-scores[own], kind="stable")[:CALIBRATED_DEPTH]])
    shown = np.concatenate(best)
    shown = shown[np.argsort(scores[shown], kind="stable")]
    bins = np.array_split(shown, max(2, min(MOST_BINS, len(shown) // FEWEST_IN_BIN)))
    middles = np.array([scores[one].mean() for one in bins if len(one)])
    # Half a success and half a failure more: a bin of a few pairs is never sure.
    shares = np.array([(answers[one].sum() + 0.5) / (len(one) + 1.0) for one in bins if len(one)])
    rising = isotonic_regression(shares).x
    return tuple((float(score), float(share)) for score, share in zip(middles, rising, strict=True))
