"""A site's folder → its seealso.toml, and what it makes of the folder. Nothing is written outside it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from indexer.content.site import Site, read_site
from indexer.content.survey import MARKDOWN, Survey, is_of_the_repository, survey
from indexer.errors import CannotWrite, NoContent, NoPosts
from indexer.model import ExclusionReason, Post
from indexer.profiles.profile import profile, sites_in
from indexer.progress import Progress, silent
from indexer.settings import SETTINGS_FILE, ContentSettings, Settings, settings_in
from indexer.setup.candidates import Candidate, candidates
from indexer.setup.evidence import evidence, has_metadata_lines, spread
from indexer.setup.settings_text import Found, settings_text

GITIGNORE = ".gitignore"
# The folders of an index, by which one is known that is there already.
_OURS = frozenset(["current", "generations", GITIGNORE])
SHOWN = 5


@dataclass(frozen=True, slots=True)
class FirstSettings:
    """What a folder was found to be. text: of its seealso.toml. site: the folder as it is read by that.

    keep_out: what is to be done so that the generator does not take the index for a part of the site; empty if nothing.
    """

    folder: Path
    found: Found
    text: str
    settings: Settings
    site: Site
    keep_out: str

    @property
    def examples(self) -> list[Post]:
        """A few posts, from as many folders as possible."""
        by_folder: dict[str, Post] = {}
        for post in self.site.corpus:
            by_folder.setdefault(post.path.rpartition("/")[0], post)
        chosen = spread(list(by_folder.values()), SHOWN)
        others = spread([post for post in self.site.corpus if post not in chosen], SHOWN - len(chosen))
        return sorted([*chosen, *others], key=lambda post: post.path)

    def write(self) -> list[Path]:
        """Writes seealso.toml, and a .gitignore into the folder of the index; the files that are new.

        Raises CannotWrite if there is a seealso.toml, or the folder cannot be written.
        """
        file, ignore = self.folder / SETTINGS_FILE, self.settings.index.directory / GITIGNORE
        written = []
        try:
            with file.open("x", encoding="utf-8") as opened:
                opened.write(self.text)
            written.append(file)
            ignore.parent.mkdir(exist_ok=True)
            if not os.path.lexists(ignore):
                ignore.write_text("*\n", encoding="utf-8")
                written.append(ignore)
        except FileExistsError:
            raise already_there(self.folder) from None
        except OSError as error:
            raise CannotWrite(f"{error.filename} cannot be written ({error.strerror})") from None
        return written


def already_there(folder: Path) -> CannotWrite:
    return CannotWrite(
        f"{folder / SETTINGS_FILE} is there already and stays as it is: `seealso build` reads it. To begin anew, "
        "move it away and run `seealso init` again"
    )


def first_settings(
    folder: Path, today: date, content: Path | None = None, progress: Progress = silent
) -> FirstSettings:
    """What a site's folder says of its settings.

    content: the folder of the Markdown files, if it is known. Raises CannotWrite if the folder has a seealso.toml,
    NoContent if there is no such folder, and NoPosts if there is no Markdown in it.
    """
    if not folder.is_dir():
        raise NoContent(f"there is no folder {folder}: name the folder of the site")
    if os.path.lexists(folder / SETTINGS_FILE):
        raise already_there(folder)
    chosen, *others = _candidates(folder, content)
    found = Found(chosen, others, index=_index_folder(folder))
    if not chosen.generator:
        found = _without_generator(found, survey(folder / chosen.content))
    found, settings, site = _first_read(folder, found, today, progress)
    found = _with_evidence(found, site, settings.content)
    keep_out = _keep_out(found)
    final = settings_in(settings_text(found, settings.content, keep_out), folder)
    if final.content != settings.content:
        site = read_site(final.content, today, progress=progress)
    return FirstSettings(folder, found, settings_text(found, final.content, keep_out), final, site, keep_out)


def _candidates(folder: Path, content: Path | None) -> list[Candidate]:
    found = survey(folder)
    likely = candidates(folder, found) if found.markdown or next(sites_in(folder), None) is not None else []
    if not any(one.files for one in likely):
        others = ", ".join(f"{count:,} in {suffix}" for suffix, count in found.suffixes.items())
        raise NoPosts(
            f"no file below {folder} ends in {', '.join(MARKDOWN)}{f', but {others}' if others else ''}: "
            "run this in the folder of a site written in Markdown, or name it: `seealso init FOLDER`"
        )
    if content is None:
        return likely
    below = os.path.relpath(content, folder)
    if below.startswith("..") or not content.is_dir():
        raise NoContent(f"there is no folder {content} in {folder}: leave --content out to have it found")
    return [replace(likely[0], content=below, files=found.count(below), beside=()), *likely[1:]]


def _index_folder(folder: Path) -> str:
    """A name for the folder of the index that nothing else has."""
    for name in ("index", "seealso-index"):
        try:
            if set(os.listdir(folder / name)) <= _OURS:
                return name
        except FileNotFoundError:
            return name
        except OSError:
            continue
    return ".seealso-index"


def _without_generator(found: Found, inside: Survey) -> Found:
    """What a profile would say where there is none."""
    usual = ContentSettings().suffixes
    further = {os.path.splitext(path)[1].lower() for path in inside.markdown} - set(usual)
    exclude = tuple(path for path in inside.markdown if "/" not in path and is_of_the_repository(path))
    return replace(found, suffixes=(*usual, *sorted(further)) if further else (), exclude=exclude)


def _first_read(folder: Path, found: Found, today: date, progress: Progress) -> tuple[Found, Settings, Site]:
    """The site as it is read once it is known what counts as front matter, and whether files need any."""
    settings = settings_in(settings_text(found), folder)
    site = read_site(settings.content, today, progress=progress)
    if not settings.content.metadata_lines and has_metadata_lines(site, settings.content):
        found = replace(found, metadata_lines=True)
        settings = settings_in(settings_text(found), folder)
        site = read_site(settings.content, today, progress=progress)
    without = sum(file.reason is ExclusionReason.NO_FRONT_MATTER for file in site.excluded)
    takes_all = without > 0 and without >= 9 * len(site.corpus)  # where hardly anything else is there
    found = replace(found, without_front_matter=without, read=len(site.files), takes_all=takes_all)
    if takes_all:
        settings = settings_in(settings_text(found), folder)
        site = read_site(settings.content, today, progress=progress)
    return found, settings, site


def _with_evidence(found: Found, site: Site, content: ContentSettings) -> Found:
    said = evidence(site, content)
    if found.chosen.generator:  # whose rules are known
        said = replace(said, url="", site="")
    return replace(found, evidence=said)


def _keep_out(found: Found) -> str:
    """What is to be done where the generator would copy the index into the site: its content is the folder itself."""
    generator = found.chosen.generator
    is_inside = found.chosen.content == "." and not found.chosen.begins_above and not found.index.startswith(".")
    return profile(generator).keep_out.format(index=found.index) if generator and is_inside else ""
