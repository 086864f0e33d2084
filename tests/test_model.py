"""The values of the model that refuse to be created wrong."""

from __future__ import annotations

import pytest

from indexer.model import Corpus, Post, Section


def test_a_corpus_is_in_the_order_of_ids_whatever_order_the_posts_come_in() -> None:
    corpus = Corpus([Post("rye", "rye.md", "/rye/", "Rye"), Post("oats", "oats.md", "/oats/", "Oats")])

    assert [post.id for post in corpus] == ["oats", "rye"]
    assert (len(corpus), corpus[1].title) == (2, "Rye")


def test_a_corpus_refuses_two_posts_with_one_id() -> None:
    twice = [Post("rye", "rye.md", "/rye/", "Rye"), Post("rye", "rye.markdown", "/bread/", "Rye")]

    with pytest.raises(ValueError, match="share an id"):
        Corpus(twice)


def test_a_corpus_refuses_two_posts_with_one_url_and_names_both_files() -> None:
    twice = [Post("rye", "rye.md", "/bread/", "Rye"), Post("oats", "oats.md", "/bread/", "Oats")]

    with pytest.raises(ValueError, match=r"oats\.md and rye\.md share the url /bread/"):
        Corpus(twice)


def test_the_headings_of_a_post_leave_out_the_lead_that_has_none() -> None:
    lead, crust = Section("", "", 0, "Flour and water."), Section("The crust", "the-crust", 2, "Thick.")

    assert Post("rye", "rye.md", "/rye/", "Rye", sections=(lead, crust)).headings == ("The crust",)
