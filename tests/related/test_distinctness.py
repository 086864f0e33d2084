"""Without lists the whole text decides on a site of one subject; elsewhere short fields count, too."""

from __future__ import annotations

from corpora import post

from indexer.model import Corpus, Graph
from indexer.related.candidates import Candidates
from indexer.related.relate import relations

PLANTS = ("rye", "oat", "fig", "yam", "pea", "nut")


def found(texts: list[str], tags: list[tuple[str, ...]]) -> Candidates:
    """The pairs of posts that have these texts and tags, and no lists."""
    corpus = Corpus(
        [post(f"p{number:02}", f"Title {number}", text, tags=tags[number]) for number, text in enumerate(texts)]
    )
    nothing = tuple(() for _ in corpus)
    return relations(corpus, Graph(nothing, nothing)).candidates


def first(pairs: Candidates, source: int) -> int:
    """The target that is shown first beside a post."""
    return int(pairs.target[pairs.best(pairs.fixed, 1)[source][0]])


def one_subject() -> Candidates:
    """Each post shares a word with every other one; 0 and 1 share three more, 0 and 2 their only tag."""
    texts = [" ".join(f"pair{min(a, b)}x{max(a, b)}" for b in range(20) if b != a) for a in range(20)]
    texts[0] += " soil loam clay"
    texts[1] += " soil loam clay"
    return found(texts, [("tool",) if number in (0, 2) else () for number in range(20)])


def test_on_a_site_of_one_subject_the_text_decides_against_a_common_tag() -> None:
    pairs = one_subject()
    assert pairs.scale < 0.1
    assert first(pairs, 0) == 1


def test_where_near_posts_stand_out_other_fields_count_in_full() -> None:
    texts = [" ".join(f"{PLANTS[number // 2 % 6]}{number // 2}w{word}" for word in range(9)) for number in range(40)]
    assert found(texts, [()] * 40).scale == 1.0


def test_posts_of_another_language_do_not_make_those_of_one_stand_out() -> None:
    nothing = ((), ()) * 6
    english = [f"word{number} common shared" for number in range(6)]
    posts = [post(f"a{number}", f"A{number}", text) for number, text in enumerate(english)]
    others = [post(f"b{number}", f"B{number}", f"mot{number} commun partage", language="fr") for number in range(6)]
    one = relations(Corpus(posts), Graph(nothing[:6], nothing[:6])).candidates.scale
    both = relations(Corpus([*posts, *others]), Graph(nothing, nothing)).candidates.scale
    assert one == both
