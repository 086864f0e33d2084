from indexer.model import Corpus, Post, Section
from indexer.related.relate import near_duplicates
from indexer.store.sections import LazySections


class Texts:
    """Texts on the disk, of which it is known in what order they were read."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.numbers: list[int] = []

    def read(self, number: int) -> tuple[Section, ...]:
        self.numbers.append(number)
        return (Section("", "", 0, self.texts[number]),)


def corpus_of(titles: list[str], source: Texts) -> Corpus:
    posts = [
        Post(str(number), f"{number}.md", f"/{number}/", title, sections=LazySections(source, number))  # type: ignore[arg-type]
        for number, title in enumerate(titles)
    ]
    return Corpus(posts)


def test_posts_with_the_same_title_and_text_are_duplicates_and_each_text_is_read_once_in_order() -> None:
    source = Texts(["sour", "wet", "sour", "wet", "sour", "", "", "sour"])
    corpus = corpus_of(["Rye", "Oats", "Rye", "Oats", "Oats", "Stub", "Stub", "Alone"], source)
    assert near_duplicates([[] for _ in corpus], corpus) == [[0, 2], [1, 3]]
    assert source.numbers == [0, 1, 2, 3, 4, 5, 6]
