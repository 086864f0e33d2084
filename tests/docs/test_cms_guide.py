"""The how-to for content management systems: its scripts, run by Node.js against the command and a real service.

The editors themselves are not run. What calls a script here passes what the editor would: Front Matter CMS a line of a
shell, Decap CMS the two constructs of React that it has, Templater its object `tp`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Site, post_text
from serving import Server, environment, serving
from test_guides_for_git import file_of
from test_reference import DOCS, blocks

from indexer.editing.journal import latest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = DOCS / "how-to" / "use-it-from-your-cms.md"
POST = "2019-02-11-when-not-to-cache"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="the scripts of the guide run in Node.js")


class Blog:
    """The demo content with an index, a settings file, and the scripts of the guide beside it."""

    def __init__(self, site: Site, seealso: Path) -> None:
        self.site, self.root = site, site.content.parent
        shutil.copytree(ROOT / "content", site.content, dirs_exist_ok=True)
        (self.root / "seealso.toml").write_bytes((ROOT / "seealso.toml").read_bytes())
        self.environment = environment() | {"PATH": f"{seealso.parent}:{os.environ['PATH']}"}

    def install(self, name: str, **instead: str) -> Path:
        """A script of the guide, with some of its words replaced."""
        text = file_of(GUIDE, name)
        for old, new in instead.items():
            assert old in text
            text = text.replace(old, new)
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def run(self, *command: str | Path) -> str:
        done = subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def blog(site: Site, warm_seealso: Path) -> Blog:
    return Blog(site, warm_seealso)


# --------------------------------------------------------------------------------------------------- Front Matter CMS


def front_matter_cms(blog: Blog, post: Path, answer: str | None = None) -> str:
    """Runs the action as Front Matter CMS does: all of it one line of a shell, the answer between quotation marks."""
    (action,) = json.loads(file_of(GUIDE, "frontmatter.json"))["frontMatter.custom.scripts"]
    line = f'node "{blog.root / action["script"]}" "{blog.root}" "{post}" \'{{}}\''
    return blog.run("sh", "-c", line if answer is None else f'{line} belongs="{answer}"')


def test_the_action_of_front_matter_cms_asks_what_belongs_and_writes_it(blog: Blog) -> None:
    blog.site.build()
    blog.install("scripts/see-also.mjs")
    post = blog.site.content / f"{POST}.md"
    (question,) = json.loads(front_matter_cms(blog, post))["questions"]
    assert question["name"] == "belongs"
    said = front_matter_cms(blog, post, question["options"][0])
    added = latest(blog.root / ".seealso")[0].targets[0]
    assert said.startswith("added ")
    assert added in post.read_text(encoding="utf-8")


def test_no_title_runs_as_a_command_of_the_shell_that_front_matter_cms_starts(blog: Blog) -> None:
    shutil.rmtree(blog.site.content)
    hostile = 'Lamb $(touch ran) `touch ran` "; touch ran; "'
    body = "Brown the lamb, then simmer it with turnips and barley."
    blog.site.post("lamb.md", "Lamb stew", body)
    blog.site.write("other.md", post_text("Lamb", f"{body} Serve.").replace('"Lamb"', f"'{hostile}'"))
    blog.site.build()
    blog.install("scripts/see-also.mjs")
    (question,) = json.loads(front_matter_cms(blog, blog.site.content / "lamb.md"))["questions"]
    said = front_matter_cms(blog, blog.site.content / "lamb.md", question["options"][0])
    assert said.startswith("added ")
    assert not (blog.root / "ran").exists()


def test_the_action_says_why_it_cannot_answer(blog: Blog) -> None:
    blog.site.build()
    blog.install("scripts/see-also.mjs")
    new = blog.site.post("new.md", "New")
    assert "new.md is not published" in front_matter_cms(blog, new)


# ---------------------------------------------------------------------------------------------------------- Decap CMS

# What Decap CMS gives to a widget, and a hand that asks and adds the first suggestion.
DECAP = """
const [script, origin, token, listed] = process.argv.slice(2);
globalThis.createClass = (methods) => methods;
globalThis.h = (kind, properties, ...children) => ({ kind, properties, children: children.flat() });
globalThis.CMS = { registerWidget: (name, control) => { globalThis.registered = { name, control }; } };
const ask = globalThis.fetch;
globalThis.fetch = (path, options) => ask(origin + path, options);
(0, eval)(require("fs").readFileSync(script, "utf8"));

const data = new Map([["title", "Cookies and caches"], ["body", "What a proxy may keep of a page with a session."]]);
const widget = Object.create(registered.control);
widget.state = widget.getInitialState();
widget.setState = (changed) => Object.assign(widget.state, changed);
widget.props = {
  entry: new Map([["data", data], ["path", "content/new.md"]]),
  field: new Map([["name", "relatedPosts"]]),
  value: JSON.parse(listed),
  onChange: (value) => { widget.props.value = value; },
};
const all = (node) => node?.kind ? [node, ...node.children.flatMap(all)] : [];
const press = (text) => all(widget.render()).find(({ kind, children }) => kind === "button" && children[0] === text)
  .properties.onClick();
(async () => {
  await press("Suggest");
  const refused = widget.state.said;
  all(widget.render()).find(({ kind }) => kind === "input").properties.onChange({ target: { value: token } });
  await press("Suggest");
  const offered = widget.state.found.map(({ id }) => id);
  const shown = JSON.stringify(widget.render());
  press("add");
  console.log(JSON.stringify({ name: registered.name, refused, offered, shown, value: widget.props.value }));
})();
"""


def decap_cms(blog: Blog, server: Server, token: str, *listed: str) -> dict[str, Any]:
    script = blog.install("admin/see-also.js")
    (blog.root / "decap.js").write_text(DECAP, encoding="utf-8")
    told: dict[str, Any] = json.loads(blog.run("node", "decap.js", script, server.origin, token, json.dumps(listed)))
    return told


def test_the_field_of_decap_cms_asks_the_service_and_adds_to_the_list(blog: Blog) -> None:
    blog.site.build()
    token = blog.run("seealso", "token", "new", "ann").split()[0]
    with serving(blog.site.content, blog.site.index, blog.root / "seealso.toml") as server:
        told = decap_cms(blog, server, token)
        first = told["offered"][0]
        again = decap_cms(blog, server, token, first)
    (field,) = yaml.safe_load(next(text for lang, text in blocks(GUIDE) if lang == "yaml"))["fields"]
    assert told["name"] == field["widget"]
    assert "this needs a good token" in told["refused"]
    assert re.search(r"\((strong|likely|possible): \w", told["shown"])
    assert "undefined" not in told["shown"]
    assert told["value"] == [first]
    assert first not in again["offered"]
    assert again["value"] == [first, again["offered"][0]]


# ----------------------------------------------------------------------------------------------------------- Obsidian

# What Templater and Obsidian give to a script, and a hand that takes the first two suggestions.
OBSIDIAN = """
const [script, note] = process.argv.slice(2);
const front = { relatedPosts: ["2017-10-16-how-to-read-a-query-plan.md"] };
const offered = [], waiting = [], notices = [];
const tp = {
  file: { path: () => note },
  config: { target_file: note },
  hooks: { on_all_templates_executed: (act) => waiting.push(act) },
  system: { suggester: async (titles, items) => offered.push(titles) < 3 ? items[0] : null },
  obsidian: { Notice: class { constructor(text) { notices.push(text); } } },
  app: { fileManager: { processFrontMatter: (file, act) => act(front) } },
};
(async () => {
  const inserted = await require(script)(tp);
  waiting.forEach((act) => act());
  console.log(JSON.stringify({ inserted, offered, notices, front }));
})();
"""


def obsidian(blog: Blog, note: Path) -> dict[str, Any]:
    script = blog.install("Scripts/see_also.js", **{"/srv/blog": str(blog.root)})
    (blog.root / "obsidian.js").write_text(OBSIDIAN, encoding="utf-8")
    told: dict[str, Any] = json.loads(blog.run("node", "obsidian.js", script, note))
    return told


def test_the_script_of_obsidian_adds_what_is_chosen_to_a_note_that_is_not_published(blog: Blog) -> None:
    blog.site.build()
    listed = "[2017-10-16-how-to-read-a-query-plan.md]"
    body = "What a proxy may keep of a page with a session, and what a query costs without a cache."
    told = obsidian(blog, blog.site.post("new.md", "Cookies and caches", body, relatedPosts=listed))
    before, *added = told["front"]["relatedPosts"]
    assert (told["inserted"], told["notices"], before) == ("", [], listed.strip("[]"))
    assert len(set(added)) == 2
    assert re.search(r"\((strong|likely|possible)\)$", told["offered"][0][0])
    assert all((blog.site.content / f"{name}.md").is_file() for name in added)


def test_the_script_of_obsidian_says_why_it_cannot_answer(blog: Blog) -> None:
    told = obsidian(blog, blog.site.post("new.md", "Cookies and caches"))
    assert "seealso build" in told["notices"][0]
    assert told["front"]["relatedPosts"] == ["2017-10-16-how-to-read-a-query-plan.md"]
