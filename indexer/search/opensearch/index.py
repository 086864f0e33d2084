"""One index of the cluster: created, filled, finished, checked, removed. A generation names its index in cluster.json.

From a build to its readers, and what a kill at each step leaves behind:

    step            in the cluster                                         a kill during it leaves
    create          an index without copies, its owner in its metadata     an index that no generation names; the next
    fill            documents by number, so that one sent twice is one     build of the same folder removes it
    finish          a segment a shard, on disk, not written to, copied     the same
    (publishing)    nothing: a generation that is published names it
    tidy            indices that no generation names are deleted           some of them, for the next build

An index is ours if its name begins with our prefix and its metadata name the owner of this folder of generations: a
random id in a file there, which counts for no other folder, so that the copy of a folder never deletes what the
original serves from.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from indexer.errors import BuildFailed, DamagedGeneration, EngineUnavailable
from indexer.search.opensearch.cluster import PASSING, Cluster, RefusedRequest, patiently
from indexer.search.opensearch.documents import MAPPING, in_slices
from indexer.store.arrays import Files
from indexer.store.durable import replace_file

FILE = "fulltext/cluster.json"
OWNER = "cluster-owner"
# Of the documents. An index of another one is not asked: its numbers have other names.
FORMAT = 2
# Bytes of a bulk request: larger ones are no faster, and a small node must hold several.
SLICE = 3_000_000
# Seconds that are waited for copies of the index, and for what is done once to all of it.
COPIED_WITHIN, MERGED_WITHIN = 600.0, 3_600.0
# Questions that each node is asked before an index is published.
WARMING = 3
# Without a manager the cluster would make a request wait for much longer.
MANAGED = {"cluster_manager_timeout": "10s"}
_OWNER_MODE = 0o644


class BuiltIndex(msgspec.Struct, frozen=True):
    """The index of a generation as it was left: its name, its id, and how much was ever written into it.

    last_operation: the sum of the numbers of the last operations on each of its shards.
    """

    name: str
    uuid: str
    documents: int
    last_operation: int
    shards: int = 1
    format: int = 1


def stored(files: Files) -> BuiltIndex:
    """Raises DamagedGeneration."""
    try:
        index = msgspec.json.decode(files.read(FILE), type=BuiltIndex)
    except msgspec.ValidationError as error:
        raise DamagedGeneration(f"{FILE} does not name an index ({error}): run `seealso build --force`") from None
    if index.format != FORMAT:
        raise DamagedGeneration(f"{index.name} was built by another version of See Also: run `seealso build --force`")
    return index


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices of one folder of generations. shards: into which new ones are split."""

    cluster: Cluster
    prefix: str
    shards: int = 1

    def built(self, directory: Path, documents: Iterable[bytes], count: int, filled: Any) -> None:
        """Makes an index of documents and names it in a generation's directory; nothing is left where that fails.

        count: how many documents there are. filled: called with the number of those that are in. Raises BuildFailed,
        EngineUnavailable.
        """
        owner = owner_of(directory.parent)
        name = f"{self.prefix}-{owner[:8]}-{secrets.token_hex(6)}"
        try:
            self._create(name, owner)
            done = 0
            for lines in in_slices(documents, SLICE):
                self._fill(name, lines)
                done += len(lines)
                filled(done)
            index = self._finished(name, count)
            self._warm_up(name)
            (directory / FILE).parent.mkdir(exist_ok=True)
            (directory / FILE).write_bytes(msgspec.json.encode(index))
        except BaseException as error:
            self._give_up(name)
            if isinstance(error, RefusedRequest):
                raise BuildFailed(f"the index could not be made: {error}") from error
            raise

    def _create(self, name: str, owner: str) -> None:
        settings = {
            "number_of_shards": self.shards,
            "number_of_replicas": 0,  # made when all is in: copies would index everything once more
            "refresh_interval": "-1",
        }
        body = {
            "settings": {"index": settings},
            "mappings": {**MAPPING, "_meta": {"app": "seealso", "owner": owner, "format": FORMAT}},
        }
        try:
            self.cluster.administer("PUT", f"/{name}", body, MANAGED | {"wait_for_active_shards": "1"})
        except RefusedRequest as error:
            if error.answer != 400 or "resource_already_exists" not in str(error):  # an answer that was lost
                raise

    def _fill(self, name: str, lines: list[bytes]) -> None:
        """Sends documents; those that the cluster has no room for at the moment are sent again."""
        pending = lines

        def attempt() -> None:
            nonlocal pending
            answer = self.cluster.administer(
                "POST", f"/{name}/_bulk", b"".join(pending), {"timeout": "20s"}, patience=0
            )
            pending = _not_taken(pending, answer)
            if pending:
                raise EngineUnavailable(f"the cluster has no room for {len(pending)} documents at the moment")

        patiently(attempt)

    def _finished(self, name: str, count: int) -> BuiltIndex:
        """Merges before it refreshes: the other way round several segments would stay."""
        ask = self.cluster.administer
        ask("POST", f"/{name}/_forcemerge", params={"max_num_segments": 1, "request_timeout": MERGED_WITHIN})
        ask("POST", f"/{name}/_refresh")
        ask("POST", f"/{name}/_flush", params={"wait_if_ongoing": "true"})
        ask("PUT", f"/{name}/_settings", {"index": {"blocks.write": True, "auto_expand_replicas": "0-all"}}, MANAGED)
        params = {"wait_for_status": "green", "timeout": f"{COPIED_WITHIN:g}s", "request_timeout": COPIED_WITHIN + 10}
        health = ask("GET", f"/_cluster/health/{name}", params=params)
        if health["timed_out"]:
            raise EngineUnavailable(
                f"the copies of the index are not complete after {COPIED_WITHIN:g} s; see the allocation of {name}"
            )
        index = self.found(name)
        if index.documents != count:
            raise BuildFailed(f"{count} posts were sent to the cluster, and {index.documents} are in the index")
        return index

    def _warm_up(self, name: str) -> None:
        """Asks every node some questions, so that no visitor meets one that has never searched: that takes seconds."""
        body = {"size": 1, "query": {"match_all": {}}, "sort": [{"_score": "desc"}, {"order": "asc"}]}
        for _ in range(WARMING * len(self.cluster.hosts)):
            self.cluster.administer("POST", f"/{name}/_search", body, {"preference": "_local"})

    def found(self, name: str) -> BuiltIndex:
        """The index as the cluster has it. Raises DamagedGeneration where it has none, EngineUnavailable.

        Waits for its first copies, which are on no node while one that died is replaced, or is too busy to tell.
        """
        return patiently(lambda: self._found(name))

    def _found(self, name: str) -> BuiltIndex:
        ask = self.cluster.administer
        settings = ask("GET", f"/{name}/_settings", params={"flat_settings": "true"}, patience=0)
        stats = ask("GET", f"/{name}/_stats/docs", params={"level": "shards"}, patience=0)
        known = settings[name]["settings"]
        copies = [copy for shard in stats["indices"][name]["shards"].values() for copy in shard]
        primaries = [copy for copy in copies if copy["routing"]["primary"]]
        if len(primaries) != int(known["index.number_of_shards"]):
            raise EngineUnavailable(f"the first copy of {name} is on no node at the moment")
        return BuiltIndex(
            name,
            known["index.uuid"],
            sum(copy["docs"]["count"] for copy in primaries),
            sum(copy["seq_no"]["max_seq_no"] for copy in primaries),
            len(primaries),
            FORMAT,
        )

    def check(self, index: BuiltIndex) -> None:
        """Raises DamagedGeneration if the cluster has another index of this name, or it was changed; EngineUnavailable.

        Without a manager nothing but a search is answered, so this asks for nothing else when it asks for documents.
        """
        (answer,) = self.cluster.search(index.name, [{"size": 0, "track_total_hits": True}])
        documents = answer["hits"]["total"]["value"]
        uuid = index.uuid
        with suppress(DamagedGeneration):  # a node that is starting has no index yet; what a search says counts
            local = {"flat_settings": "true", "local": "true"}
            settings = self.cluster.ask("GET", f"/{index.name}/_settings", params=local)
            uuid = settings[index.name]["settings"]["index.uuid"]
        if uuid != index.uuid:
            raise DamagedGeneration(f"{index.name} was deleted and made anew by somebody else: run `seealso build`")
        if documents != index.documents:
            raise DamagedGeneration(
                f"{index.name} has {documents} documents instead of {index.documents}: run `seealso build`"
            )

    def verify(self, index: BuiltIndex) -> None:
        """As `check`, and raises DamagedGeneration too if anything was written since it was built."""
        found = self.found(index.name)
        if found != index:
            raise DamagedGeneration(f"{index.name} is not what was built ({found} instead of {index})")

    def tidy(self, generations: Path) -> None:
        """Deletes the indices of a folder of generations that none of them names. Raises EngineUnavailable."""
        owner = owner_in(generations)
        if owner is None:
            return
        named = {_name_in(file) for file in generations.glob(f"*/{FILE}")}
        pattern = f"{self.prefix}-{owner[:8]}-*"
        found: Mapping[str, Any] = self.cluster.administer(
            "GET", f"/{pattern}/_mapping", params={"request_timeout": 5}, patience=0
        )
        for name, index in found.items():
            if name not in named and index["mappings"].get("_meta", {}).get("owner") == owner:
                self._delete(name)
        if not named:  # the last of them is gone, as after a move to another engine
            (generations / OWNER).unlink(missing_ok=True)

    def _delete(self, name: str) -> None:
        with suppress(DamagedGeneration):  # it is gone
            self.cluster.administer("DELETE", f"/{name}", params=MANAGED | {"request_timeout": 15}, patience=0)

    def _give_up(self, name: str) -> None:
        """Deletes an index that nobody will name; what cannot be deleted now is removed by the next build."""
        with suppress(EngineUnavailable, RefusedRequest):
            self._delete(name)


def _not_taken(sent: list[bytes], answer: Mapping[str, Any]) -> list[bytes]:
    """Of the documents of a bulk request those to be sent again. Raises BuildFailed for one that is refused."""
    if not answer["errors"]:
        return []
    again = []
    for document, item in zip(sent, answer["items"], strict=True):
        result = item["index"]
        if "error" not in result:
            continue
        if result["status"] not in PASSING:
            raise BuildFailed(f"the cluster refuses post {result['_id']}: {json.dumps(result['error'])[:500]}")
        again.append(document)
    return again


def _name_in(file: Path) -> str:
    """The index that a generation names; empty if its file cannot be read, as that of one that is removed."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=BuiltIndex).name
    except (OSError, msgspec.DecodeError):
        return ""


def owner_in(generations: Path) -> str | None:
    """The random id of a folder of generations; None where no index was built for it, or it is the copy of another."""
    try:
        owner, place = (generations / OWNER).read_text(encoding="ascii").split()
        return owner if place == str(generations.stat().st_ino) else None
    except (OSError, ValueError):
        return None


def owner_of(generations: Path) -> str:
    """The random id of a folder of generations, made when it is first asked for."""
    if owner := owner_in(generations):
        return owner
    file, place = generations / OWNER, generations.stat().st_ino
    owner = secrets.token_hex(16)
    replace_file(file, f"{owner} {place}\n".encode(), _OWNER_MODE)
    return owner
