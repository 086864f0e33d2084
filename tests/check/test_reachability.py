"""Which posts nobody can come to who is not there already."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexer.check.reachability import unreachable_groups


def test_a_post_that_no_other_leads_to_is_alone() -> None:
    assert unreachable_groups([{1}, set(), {1}]) == [[0], [2]]


def test_posts_that_lead_to_each_other_only_are_one_group_and_what_they_lead_to_is_not_in_it() -> None:
    site = [{1}, {2, 0}, {3}, {2}]  # 0 and 1 lead to each other and on to 2 and 3
    island = [{5}, {4}]  # 4 and 5
    assert unreachable_groups([*site, *island]) == [[4, 5]]


def test_the_group_that_leads_to_most_posts_is_where_the_site_begins() -> None:
    assert unreachable_groups([{1}, {0}]) == []
    assert unreachable_groups([{1}, {0}, {3}, {2, 4}, set()]) == [[0, 1]]


@st.composite
def sites(draw: st.DrawFn) -> list[set[int]]:
    size = draw(st.integers(1, 8))
    pairs = draw(st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))))
    return [{target for post, target in pairs if post == own != target} for own in range(size)]


def reached(start: set[int], targets: list[set[int]]) -> set[int]:
    while (more := start.union(*(targets[one] for one in start))) != start:
        start = more
    return start


@given(sites())
def test_one_link_into_every_group_makes_all_posts_reachable_from_where_the_site_begins(
    targets: list[set[int]],
) -> None:
    groups = unreachable_groups(targets)
    named = {one for group in groups for one in group}
    assert sum(map(len, groups)) == len(named)
    for group in groups:
        assert not any(targets[other] & set(group) for other in set(range(len(targets))) - set(group))
        assert all(reached({one}, targets) >= set(group) for one in group)
    from_groups = reached({group[0] for group in groups}, targets) if groups else set()
    rest = set(range(len(targets))) - from_groups
    # What is left is reached from one group that was not named: some post of it leads to all the others.
    assert not rest or any(reached({one}, targets) >= rest for one in rest)
