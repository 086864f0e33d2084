"""What two texts in Chinese, Japanese or Korean have in common is told in words that an editor can read."""

from __future__ import annotations

import time

import pytest
from conftest import Site, post_text
from test_promises import advised, drafted

A = "ヒープの割り当てはメモリの割り当てである。動的なメモリの割り当てをアロケータが行う。"
B = "アロケータはヒープのメモリを管理する。動的なメモリの割り当てを設計する。"
C = "小麦粉と水でパンを焼く。オーブンを温める。"


def shared(site: Site, language: str, first: str, second: str, other: str) -> list[str]:
    site.post("a.md", "Eins", first, language=language)
    site.post("b.md", "Zwei", second, language=language)
    site.post("c.md", "Drei", other, language=language)
    site.build()
    (found,) = [one for one in advised(site, "a").suggestions if one.post.id == "b"]
    return [term.term for term in found.reason.terms]


@pytest.mark.parametrize(
    ("language", "first", "second", "other", "words"),
    [
        pytest.param("ja", A, B, C, {"割り当て", "アロケータ", "メモリ"}, id="Japanese"),
        pytest.param(
            "zh", "动态内存分配很慢。", "内存分配器的设计。", "用面粉和水烤面包。", {"内存分配"}, id="Chinese"
        ),
        pytest.param("ko", "메모리를 할당한다.", "메모리가 없다.", "빵을 굽는다.", {"메모리"}, id="Korean"),
        pytest.param("ja", "ﾒﾓﾘを使う。", "メモリの話。", C, {"メモリ"}, id="narrow katakana"),
        pytest.param("ja", "Rust のメモリ。", "Rust とメモリ。", C, {"rust", "メモリ"}, id="words beside them"),
        pytest.param("ja", "りんごがすき。", "りんごだ。", C, set(), id="no word"),
    ],
)
def test_pairs_of_characters_are_told_as_the_words_they_are_of(
    site: Site, language: str, first: str, second: str, other: str, words: set[str]
) -> None:
    assert {word.casefold() for word in shared(site, language, first, second, other)} == words


def test_a_draft_is_given_words_too(site: Site) -> None:
    site.post("b.md", "アロケータの設計", B, language="ja")
    site.post("c.md", "パンを焼く", C, language="ja")
    site.build()
    (found,) = drafted(site, post_text("ヒープ割り当て", A, language="ja")).suggestions
    assert "割り当て" in [term.term for term in found.reason.terms]


def test_the_language_in_a_path_is_no_word_that_posts_share(site: Site) -> None:
    for name, text in (("a", A), ("b", B), ("c", C)):
        site.post(f"{name}/index.ja.md", name, text)
    site.build()
    assert all("ja" not in [term.term for term in one.reason.terms] for one in advised(site, "a/index.ja").suggestions)


def test_a_long_page_is_read_at_once(site: Site) -> None:
    long = "".join(chr(0x4E00 + number * 7_919 % 20_000) for number in range(100_000))
    site.post("a.md", "Eins", f"{long}。{A}", language="ja")
    site.post("b.md", "Zwei", f"{long[::-1]}{long}。{B}", language="ja")
    site.build()
    published = site.open()
    started = time.process_time()
    published.related.for_editors(published.posts[0], 5)
    assert time.process_time() - started < 2.0
