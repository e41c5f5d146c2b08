"""The checkpoints of one training: written by one process at a time, read back newest first."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from blocks.object_store import ObjectStore
from blocks.trainings._catalog import place_of
from qorum.errors import CheckpointCorrupt, TrainingHalted
from qorum.training.checkpoints import Manifest, Part, Segment, decode, encode
from qorum.training.history import History

KEPT = 3
"""Checkpoints that a running training keeps of its own: the last, and others should that be damaged."""


@dataclass(frozen=True)
class Snapshot:
    """A checkpoint as it was read.

    Attributes:
        manifest: what it is made of.
        part: where the manifest lies.
        state: as it was written.
        history: all evaluations up to it.
    """

    manifest: Manifest
    part: Part
    state: dict[str, Any]
    history: History


class CheckpointChain:
    """Checkpoints of one training, each naming the one before it by its hash.

    Several processes may have run the training one after the other; each takes an epoch of its own, and
    one that finds a later epoch taken stops. What a late one of them still writes stands below what the
    later one has written.
    """

    def __init__(self, store: ObjectStore, training_id: str, definition: str) -> None:
        self._store, self._training_id, self._definition = store, training_id, definition
        self._place = place_of(training_id)
        self._epoch = 0
        self._last: Part | None = None
        self._kept: list[tuple[Part, Manifest]] = []
        self._segments: tuple[Segment, ...] = ()

    @property
    def epoch(self) -> int:
        """Which process of this training we are, from 1 on; 0 before `take_over`."""
        return self._epoch

    def newest_good(self) -> tuple[Snapshot | None, list[CheckpointCorrupt]]:
        """The newest checkpoint that is whole and ours, and why newer ones were refused.

        Raises:
            StorageUnfit: the store cannot be reached.
        """
        refused: list[CheckpointCorrupt] = []
        for key in self._manifests():
            try:
                return self._read(key), refused
            except CheckpointCorrupt as error:
                refused.append(error)
        return None, refused

    def take_over(self) -> tuple[Snapshot | None, list[CheckpointCorrupt]]:
        """Take the next epoch, to go on from the newest good checkpoint; whoever runs the training now stops.

        The epoch comes first: what is read afterwards is no longer pruned by the one before.

        Returns:
            What `newest_good` returns.
        """
        self._claim()
        snapshot, refused = self.newest_good()
        if snapshot is not None:
            self._last, self._segments = snapshot.part, snapshot.manifest.history
        return snapshot, refused

    def _claim(self) -> None:
        owner = json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode()
        taken = [int(key[-11:-5]) for key in self._store.list(f"{self._place}/runners/")]
        epoch = max(taken, default=0) + 1
        while not self._store.create_only(self._runner(epoch), owner):
            epoch += 1
        self._epoch = epoch

    def write(self, state: dict[str, Any], history: History, steps: int) -> bool:
        """Store a checkpoint: its parts first, its manifest last and once.

        Returns:
            Whether there was anything new to store.

        Raises:
            TrainingHalted: another process runs this training now.
        """
        if self._kept and self._kept[-1][1].evaluations == len(history):
            return False
        self.refuse_superseded()
        folder = f"{self._place}/{len(history):010d}-{self._epoch:06d}"
        data = encode(state)
        items = {f"{folder}/state.npz": data}
        segments = self._with_new_segment(history, folder, items)
        manifest = Manifest(
            training_id=self._training_id,
            definition=self._definition,
            epoch=self._epoch,
            evaluations=len(history),
            steps=steps,
            state=Part.of(f"{folder}/state.npz", data),
            history=segments,
            previous=self._last,
        )
        written = manifest.to_bytes()
        part = Part.of(f"{folder}/manifest.json", written)
        self._store.put_many(items)
        if not self._store.create_only(part.key, written):
            raise self._superseded("it has written the same checkpoint")
        self._last, self._segments = part, segments
        self._kept.append((part, manifest))
        # Who takes over from here on finds this checkpoint; who has done so before may need the older ones.
        self.refuse_superseded()
        self._prune()
        return True

    def is_superseded(self) -> bool:
        """Whether a later process has taken over."""
        return self._store.exists(self._runner(self._epoch + 1))

    def refuse_superseded(self) -> None:
        """Raises `TrainingHalted` if a later process has taken over."""
        if self.is_superseded():
            raise self._superseded(f"it is run {self._epoch + 1} of it, this one is run {self._epoch}")

    def _superseded(self, how: str) -> TrainingHalted:
        return TrainingHalted(
            self._training_id, f"another process goes on with it ({how}); this one stops, nothing is lost"
        )

    def _runner(self, epoch: int) -> str:
        return f"{self._place}/runners/{epoch:06d}.json"

    def _manifests(self) -> Iterator[str]:
        """Keys, the latest epoch first, and of each the most evaluations."""
        keys = [key for key in self._store.list(f"{self._place}/") if key.endswith("/manifest.json")]
        yield from sorted(keys, key=age_of, reverse=True)

    def _read(self, key: str) -> Snapshot:
        found = self._store.get_many([key])
        if key not in found:
            raise CheckpointCorrupt(key, "a manifest expected, found it deleted meanwhile")
        data = found[key]
        manifest = Manifest.from_bytes(key, data)
        manifest.refuse_foreign(key, self._training_id, self._definition)
        parts = (manifest.state, *manifest.history)
        found = self._store.get_many([part.key for part in parts])
        state, *segments = [decode(part.key, part.verified(found.get(part.key))) for part in parts]
        history = History()
        try:
            for segment in segments:
                history.extend(segment)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise CheckpointCorrupt(key, f"a history without gaps expected, found: {error}") from None
        if len(history) != manifest.evaluations:
            reason = f"{manifest.evaluations} evaluations expected, found {len(history)}"
            raise CheckpointCorrupt(key, reason)
        return Snapshot(manifest, Part.of(key, data), state, history)

    def _with_new_segment(
        self, history: History, folder: str, items: dict[str, bytes]
    ) -> tuple[Segment, ...]:
        """The history in few segments: a new one swallows those before it that are not twice as long.

        So n evaluations lie in at most log2(n + 1) segments, and each is copied at most log1.5(n) times.
        """
        segments = list(self._segments)
        start, end = segments[-1].end if segments else 0, len(history)
        while segments and segments[-1].rows < 2 * (end - start):
            start = segments.pop().start
        if start == end:
            return tuple(segments)
        key = f"{folder}/history.npz"
        items[key] = encode(history.segment(start, end))
        part = Part.of(key, items[key])
        return (*segments, Segment(**part.model_dump(), start=start, end=end))

    def _prune(self) -> None:
        if len(self._kept) <= KEPT:
            return
        part, manifest = self._kept.pop(0)
        referenced = {each.key for _, kept in self._kept for each in kept.history}
        ours = f"-{self._epoch:06d}"  # checkpoints of earlier processes may need what those have written
        for key in (part.key, manifest.state.key, *(each.key for each in manifest.history)):
            if key not in referenced and key.split("/")[-2].endswith(ours):
                self._store.delete(key)


def age_of(key: str) -> tuple[str, str]:
    """Of a part or manifest: later epochs stand above earlier ones, and in each, more evaluations."""
    evaluations, _, epoch = key.split("/")[-2].partition("-")
    return epoch, evaluations
