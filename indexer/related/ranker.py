"""Learning from the editors: a logistic regression on the features of pairs, adopted only where it provably wins.

    lists, dismissed pairs ──▶ labels ─┬─ all posts ────────▶ weights ────▶ scores of pairs without a list
    features ──────────────────────────┤
                                       └─ 5 folds by source ▶ held-out scores ─┬─▶ nDCG@10, recall@10
    fixed score ───────────────────────────────────────────────────────────────┤   against the fixed score
                                                                               └─▶ isotonic ▶ confidence

A post's own list is never among its features, and held-out scores come from models that did not see that list as a
label. With few lists the weights shrink towards the fixed score; without proof the fixed score ranks. A dismissed pair
is a negative example. Comparison and calibration use lists alone, so dismissals do not change how they are measured.
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
FEWEST_LISTS = 5  # fewer cannot fill the folds, so nothing could be proved
# C of the regression, the inverse of its strength: thirty lists hardly bend a weight; with a thousand it makes no
# difference (measured).
REGULARISATION = 0.02
# The fixed score is one more feature, scaled up so that regularisation hardly touches it: weights shrink towards it.
FIXED_SCALE = 30.0
# Of the gradient. At this value the first six digits of each weight are the same wherever a fit starts (measured).
TOLERANCE = 1e-10
# The most similar posts that a list does not name are more often forgotten than wrong: weaker negative examples.
FORGOTTEN_RANKS, FORGOTTEN_WEIGHT = 11, 0.5
ADOPTION_SHARE = 0.95  # of the resamples in which learning must win to be adopted
# Confidence is calibrated on the suggestions down to this rank; nobody looks further.
CALIBRATED_DEPTH = 20
FEWEST_IN_BIN, MOST_BINS = 40, 40
# Knots of the fixed score for a site without lists: the share that editors accepted, pooled over four sites.
UNCALIBRATED = ((0.0, 0.01), (0.05, 0.03), (0.1, 0.05), (0.2, 0.1), (0.3, 0.16), (0.4, 0.25), (0.6, 0.43))


@dataclass(frozen=True, slots=True)
class Model:
    """From the features of a pair to its score and confidence.

        score = bias + weights · features + fixed_weight · fixed score

    names: of the features. learned: whether the weights were learned; if not, the fixed score ranks alone. knots:
    (score, confidence), interpolated linearly. calibrated: whether the knots come from the site's own lists.
    """

    names: tuple[str, ...]
    learned: bool
    bias: float
    weights: tuple[float, ...]
    fixed_weight: float
    knots: tuple[tuple[float, float], ...]
    calibrated: bool

    def scores(self, candidates: Candidates) -> Floats:
        """The score of every pair; a higher one is likelier to be accepted."""
        return _scores(candidates, slice(None), Fit(self.bias, np.array([*self.weights, self.fixed_weight])))

    def confidence(self, scores: Floats) -> Floats:
        """For each score the share of suggestions with that score that an editor would accept, 0..1."""
        knot_scores, shares = zip(*self.knots, strict=True)
        return np.asarray(np.interp(scores, knot_scores, shares))


@dataclass(frozen=True, slots=True)
class Learning:
    """The model that ranks and how it was chosen.

    fixed: what the fixed score shows. held_out: the score of each pair, from a model that did not see the list of its
    source; learned: what these scores show. Both are None where there are too few lists. because: the reason for the
    choice, for the report.
    """

    model: Model
    fixed: Ranked
    learned: Ranked | None
    held_out: Floats | None
    because: str

    @property
    def used(self) -> Ranked:
        """What the adopted ranking shows."""
        return self.learned if self.model.learned and self.learned else self.fixed


NOTHING = Ranked((), (), ())  # what is shown where there are no lists to compare with


@dataclass(frozen=True, slots=True)
class Fit:
    """log odds = bias + weights · features; the last weight is that of the fixed score. Features are not scaled."""

    bias: float
    weights: Floats


@dataclass(frozen=True, slots=True)
class _Labels:
    """What editors decided on each pair. is_listed: the list of the source names the target.

    is_known: the pair may be an example; of a source without a list only dismissed pairs are.
    """

    is_listed: NDArray[np.bool_]
    is_dismissed: NDArray[np.bool_]
    is_known: NDArray[np.bool_]


def learn(
    candidates: Candidates, lists: Sequence[Sequence[int]], dismissed: Sequence[tuple[int, int]] = ()
) -> Learning:
    """The best model that the site's own lists can prove.

    lists: for each post its curated posts. dismissed: pairs of source and target, none of which a list holds.
    """
    # One thread: the last bits of a sum must not depend on the number of cores, and on a busy machine it is no slower.
    with threadpool_limits(limits=1):
        return _learn(candidates, lists, dismissed)


def _learn(candidates: Candidates, lists: Sequence[Sequence[int]], dismissed: Sequence[tuple[int, int]]) -> Learning:
    sources = [post for post, targets in enumerate(lists) if targets]
    is_listed, is_dismissed = listed_pairs(candidates, lists), pairs_among(candidates, dismissed)
    of_list = np.isin(candidates.source, sources)
    labels = _Labels(is_listed, is_dismissed, of_list | is_dismissed)
    fixed = scored(candidates, candidates.fixed, lists) if sources else NOTHING
    if len(sources) < FEWEST_LISTS:
        count = (
            f"{len(sources)} curated list{' is' if len(sources) == 1 else 's are'} too few" if sources else "no lists"
        )
        because = f"{count} to learn from: the fixed weights rank"
        return Learning(_fixed_model(candidates, is_listed, sources), fixed, None, None, because)
    examples = sorted({*sources, *candidates.source[is_dismissed].tolist()})
    fit = _fitted(candidates, labels, examples)
    held_out = _held_out_scores(candidates, labels, examples, fit)
    held_out[~of_list] = _scores(candidates, ~of_list, fit)
    learned = scored(candidates, held_out, lists)
    comparison = (
        f"recall@10 {recall_at(learned, 10).mean():.3f} against {recall_at(fixed, 10).mean():.3f} on held-out lists"
    )
    if not _surely_better(learned, fixed):
        because = f"the fixed weights rank: learning from {len(sources):,} lists does not surely win ({comparison})"
        return Learning(_fixed_model(candidates, is_listed, sources), fixed, learned, held_out, because)
    knots = calibration(candidates, held_out, is_listed, sources)
    *weights, fixed_weight = fit.weights.tolist()
    model = Model(candidates.names, True, fit.bias, tuple(weights), fixed_weight, knots, calibrated=True)
    because = f"the ranking learned from {len(sources):,} lists is used: {comparison}"
    return Learning(model, fixed, learned, held_out, because)


def _surely_better(learned: Ranked, fixed: Ranked) -> bool:
    """Whether learning has no lower mean recall@10, and a higher nDCG@10 in nearly all resamples of the lists.

    recall@10 alone proves nothing on a small site, of which ten posts may be a third.
    """
    gain = ndcg(learned) - ndcg(fixed)
    wins = float((resampled(gain[None]) > 0).mean())
    return wins >= ADOPTION_SHARE and float(recall_at(learned, 10).mean()) >= float(recall_at(fixed, 10).mean())


def listed_pairs(candidates: Candidates, lists: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """For each pair whether the source's list names the target."""
    return pairs_among(candidates, [(post, target) for post, targets in enumerate(lists) for target in targets])


def pairs_among(candidates: Candidates, pairs: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """For each candidate whether it is one of some pairs of source and target."""
    posts = len(candidates.starts)
    keys = np.array([source * posts + target for source, target in pairs], dtype=np.int64)
    return np.isin(candidates.source.astype(np.int64) * posts + candidates.target, keys)


def _pairs_of(candidates: Candidates, posts: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(candidates.starts[post], candidates.starts[post + 1]) for post in posts])


def _held_out_scores(candidates: Candidates, labels: _Labels, sources: list[int], start: Fit) -> Floats:
    """The score of every pair of some sources, from a model that has not seen the labels of that source.

    start: the fit of all labels. It is only where the solver starts; it does not change what is found.
    """
    scores = np.zeros(len(candidates.source))
    order = np.random.RandomState(0).permutation(len(sources))
    for fold in range(FOLDS):
        test = [sources[position] for position in order[fold::FOLDS]]
        training = sorted(set(sources).difference(test))
        pairs = _pairs_of(candidates, test)
        scores[pairs] = _scores(candidates, pairs, _fitted(candidates, labels, training, start))
    return scores


def _scores(candidates: Candidates, pairs: NDArray[Any] | slice, fit: Fit) -> Floats:
    scores: Floats = fit.bias + fit.weights[-1] * candidates.fixed[pairs]
    if fit.weights[:-1].any():
        scores += candidates.features[pairs] @ fit.weights[:-1]
    return scores


def _fitted(candidates: Candidates, labels: _Labels, posts: Sequence[int], start: Fit | None = None) -> Fit:
    """The weights learned from the labels of some sources. start: where the solver starts."""
    from sklearn.linear_model import LogisticRegression  # takes a second; only a site with lists pays it
    from sklearn.preprocessing import StandardScaler

    pairs = _pairs_of(candidates, posts)
    pairs = pairs[labels.is_known[pairs]]
    is_listed = labels.is_listed[pairs]
    if not is_listed.any() or is_listed.all():
        return Fit(0.0, np.append(np.zeros(len(candidates.names)), 1.0))
    features = np.column_stack([candidates.features[pairs], candidates.fixed[pairs]])
    scaler = StandardScaler(copy=False).fit(features)
    scaler.scale_[-1] /= FIXED_SCALE
    regression = LogisticRegression(C=REGULARISATION, solver="newton-cholesky", tol=TOLERANCE, warm_start=True)
    if start:
        regression.coef_ = (start.weights * scaler.scale_)[None]
        regression.intercept_ = np.array([start.bias + start.weights @ scaler.mean_])
    regression.fit(scaler.transform(features), is_listed, sample_weight=_sample_weights(candidates, labels, pairs))
    weights = regression.coef_[0] / scaler.scale_
    return Fit(float(regression.intercept_[0] - weights @ scaler.mean_), weights)


def _sample_weights(candidates: Candidates, labels: _Labels, pairs: NDArray[np.int64]) -> Floats:
    """How much each pair counts as an example."""
    is_near = candidates.features[pairs, candidates.names.index("rank")] > 1 / (1 + FORGOTTEN_RANKS)
    may_be_forgotten = is_near & ~labels.is_listed[pairs] & ~labels.is_dismissed[pairs]
    return np.where(may_be_forgotten, FORGOTTEN_WEIGHT, 1.0)


def _fixed_model(candidates: Candidates, is_listed: NDArray[np.bool_], sources: list[int]) -> Model:
    is_calibrated = len(sources) >= FEWEST_LISTS and bool(len(_pairs_of(candidates, sources)))
    knots = calibration(candidates, candidates.fixed, is_listed, sources) if is_calibrated else UNCALIBRATED
    weights = (0.0,) * len(candidates.names)
    return Model(candidates.names, False, 0.0, weights, 1.0, knots, calibrated=is_calibrated)


def calibration(
    candidates: Candidates, scores: Floats, is_listed: NDArray[np.bool_], sources: list[int]
) -> tuple[tuple[float, float], ...]:
    """Rising knots (score, share accepted), from the best pairs of each source; scores are held out or fixed.

    A sigmoid would not do: it goes to 1, and of even the highest-scored suggestions only nine in ten are accepted. So
    pairs are binned by score, as many in each bin, and the shares made to rise by isotonic regression.
    """
    from scipy.optimize import isotonic_regression  # takes a third of a second; only a site with lists pays it

    best = []
    for post in sources:
        pairs = np.arange(candidates.starts[post], candidates.starts[post + 1])
        best.append(pairs[np.lexsort((-scores[pairs], candidates.distances[pairs]))[:CALIBRATED_DEPTH]])
    shown = np.concatenate(best)
    shown = shown[np.argsort(scores[shown], kind="stable")]
    bins = np.array_split(shown, max(2, min(MOST_BINS, len(shown) // FEWEST_IN_BIN)))
    means = np.array([scores[pairs].mean() for pairs in bins if len(pairs)])
    # Half a success and half a failure are added, so that a bin of a few pairs never gets a share of 0 or 1.
    shares = np.array([(is_listed[pairs].sum() + 0.5) / (len(pairs) + 1.0) for pairs in bins if len(pairs)])
    rising = isotonic_regression(shares).x
    return tuple((float(score), float(share)) for score, share in zip(means, rising, strict=True))
