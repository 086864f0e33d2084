"""Files in, HTTP out, nothing replaced: the real command builds, the real server answers, files change, it follows."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Site, post_text, unsealed
from serving import Server, environment, serving, until


class Blog:
    """A content folder, an index, and the service over them."""

    def __init__(self, root: Path, command: Path) -> None:
        self.command = command
        self.content, self.index = root / "content", root / "index"
        self.content.mkdir()
        self.write("A supper of lamb.")

    def write(self, words: str) -> None:
        for name in ("lamb", "rye", "stew"):
            (self.content / f"{name}.md").write_text(post_text(f"The {name} recipe", words))

    def build(self) -> str:
        done = subprocess.run(
            [self.command, "--content", self.content, "--index", self.index, "build"],
            capture_output=True,
            text=True,
            check=True,
            env=environment(),
        )
        return done.stdout


@pytest.fixture
def blog(tmp_path: Path, warm_seealso: Path) -> Blog:
    return Blog(tmp_path, warm_seealso)


@pytest.fixture
def server(blog: Blog) -> Iterator[Server]:
    with serving(blog.content, blog.index) as running:
        yield running


def test_from_the_first_file_to_the_edited_answer_without_a_restart(blog: Blog, server: Server) -> None:
    assert server.get("/healthz")[0] == 200
    assert server.get("/readyz")[0] == 503
    assert server.get("/api/v1/search?q=lamb")[0] == 503

    assert blog.build().splitlines()[-1].startswith("3 posts, none left out, generation 000001")
    until(lambda: server.get("/readyz")[0] == 200, "the first build is served")
    assert set(server.search("lamb")) == {"lamb", "rye", "stew"}
    status, related = server.get("/api/v1/related?post=lamb")
    assert (status, {one["id"] for one in related["related"]}) == (200, {"rye", "stew"})
    assert "A supper of lamb." in server.get("/rye/")[1]

    (blog.content / "rye.md").write_text(post_text("The rye recipe", "Now with caraway."))
    assert "generation 000002" in blog.build()
    # Each worker follows by itself when it is asked; so many answers come from both.
    asked = range(20)
    until(lambda: all(server.search("caraway") == ["rye"] for _ in asked), "the edited post answers, whoever is asked")
    until(lambda: "Now with caraway." in server.get("/rye/")[1], "its page too")

    for file in (blog.index / "generations").rglob("*.json"):
        unsealed(file).write_bytes(b"damaged")
    shutil.rmtree(blog.index)
    assert server.search("lamb") == ["lamb", "stew"]
    assert server.get("/api/v1/related?post=lamb")[0] == 200


def test_no_answer_mixes_two_generations_while_builds_follow_each_other(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")

    def publish(number: int) -> None:
        """Every generation has one more post, and each of its posts says how many there are."""
        for one in range(number + 1):
            site.post(f"{one:02}.md", f"Lamb {one}", f"Lamb supper of {number + 1} guests.")
        site.build()

    publish(0)
    with serving(site.content, site.index) as server:
        answers: list[tuple[str, int, set[str]]] = []
        failures: list[object] = []
        over = threading.Event()

        def visit() -> None:
            while not over.is_set():
                try:
                    status, body = server.get("/api/v1/search?q=guests&per_page=100")
                except (OSError, http.client.HTTPException) as error:
                    failures.append(error)
                    return
                if status != 200:
                    failures.append(body)
                    return
                said = {fragment["text"] for hit in body["hits"] for fragment in hit["snippets"]}
                answers.append((body["generation"], body["total"], said))

        visitors = [threading.Thread(target=visit) for _ in range(3)]
        for one in visitors:
            one.start()
        for number in range(1, 11):
            publish(number)
        until(
            lambda: "000011" in {generation for generation, _, _ in answers[-8:]} or bool(failures), "the last is seen"
        )
        over.set()
        for one in visitors:
            one.join()
    assert failures == []
    assert len({generation for generation, _, _ in answers}) > 3
    for generation, total, said in answers:
        guests = int(generation)
        assert (total, said) == (guests, {f"Lamb supper of {guests} guests."})
