"""
Snapshots: read-only copies of the store on disk, each gone as soon as nobody reads from it and there is a newer.

Who has one in memory needs no newer one for each change: it does what the changes did since, one after the other.
"""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

STEPS_MAX = 1_000
STEPS_CHARACTERS_MAX = 2**22
"""After so many changes, or such long ones, the next snapshot is due: a new process has to do all of them."""


@dataclass(frozen=True)
class Step:
    """What a change did to what queries may see."""

    before: int
    revision: int
    """The ones before and after it."""
    update: str
    """It, as a SPARQL update; nothing comes of doing it twice."""


class Snapshot:
    """A read-only copy of the store at one revision, with what was changed since."""

    def __init__(self, directory: Path, revision: int, lock: threading.Lock) -> None:
        self.directory = directory
        self.steps: list[Step] = []
        """The changes since, where somebody follows them."""
        self.is_followed = False
        """Whether somebody has it in memory, and does what the changes do."""
        self._taken_at = revision
        self._lock = lock
        self._holders = 0
        self._is_newest = True

    @property
    def revision(self) -> int:
        """The one that it leads to."""
        return self.revision_after(len(self.steps))

    def revision_after(self, steps: int) -> int:
        """The revision after the first so many of the changes since."""
        return self.steps[steps - 1].revision if steps else self._taken_at

    @property
    def is_newest(self) -> bool:
        """Whether no newer one of the same store was taken, and the store is still open."""
        return self._is_newest

    def take_up(self, step: Step) -> None:
        """Adds what the next change did, unless that would be too much; only `Snapshots`, which has the lock, may."""
        length = len(step.update) + sum(len(one.update) for one in self.steps)
        if len(self.steps) < STEPS_MAX and length <= STEPS_CHARACTERS_MAX:
            self.steps.append(step)

    def hold(self) -> None:
        """Keeps it on the disk until it is let go; for those who hold it already, and want to once more."""
        with self._lock:
            self._holders += 1

    def let_go(self) -> None:
        """Ends one hold."""
        with self._lock:
            self._holders -= 1
            self._remove_unless_needed()

    def supersede(self) -> None:
        """Says that there is a newer one; only `Snapshots`, which has the lock, may say so."""
        self._is_newest = False
        self._remove_unless_needed()

    def _remove_unless_needed(self) -> None:
        if self._holders == 0 and not self._is_newest:
            shutil.rmtree(self.directory, ignore_errors=True)


class Snapshots:
    """The snapshots of one store: the newest, and the older ones that somebody holds."""

    def __init__(
        self,
        folder: Path,
        revision: Callable[[], int],
        take: Callable[[Path], int],
        size: Callable[[], int] | None = None,
    ) -> None:
        """
        `take` writes a copy and tells its revision, which is not always the one that was current when it was begun.
        `size` tells how many quads there are; None where they aren't asked often enough to be copied into memory.
        """
        self._folder = folder
        self._revision = revision
        self._take = take
        self._size = size
        self._numbers = count(1)
        self._lock = threading.Lock()
        # Apart from the other, so that holding and letting go never wait for a snapshot that is being taken.
        self._taking = threading.Lock()
        self._newest: Snapshot | None = None
        self._meanwhile: list[Step] | None = None
        """What changes did while a snapshot is being taken, which may hold them or not."""

    def fit_into(self, quads_max: int) -> bool:
        """Whether they are to be copied into memory, where that has room for so many quads."""
        return self._size is not None and self._size() <= quads_max

    def at_hand(self, *, follows: bool = False) -> Snapshot | None:
        """
        The one of the current revision, where it was taken already; to read from it, hold it.

        For one who `follows` it may be an older one with what was changed since.
        """
        newest = self._newest
        if newest is None or newest.revision < self._revision() or (newest.steps and not follows):
            return None
        return newest

    def held(self, *, follows: bool = False) -> Snapshot:
        """
        The same, held for the caller, and taken when it is first asked for.

        All who ask while another one is being taken wait, and share the next.
        """
        with self._taking:
            newest = self.at_hand(follows=follows) or self._taken(follows)
            newest.hold()
            newest.is_followed |= follows
            return newest

    def follow(self, before: int, step: Callable[[], Step]) -> None:
        """
        Takes up what a change did, for those who have the newest snapshot in memory.

        Where that doesn't lead to the revision `before` the change, or the changes since are too many, the next who
        asks gets a new one.
        """
        with self._lock:
            newest = self._newest
            takers = [] if self._meanwhile is None else [self._meanwhile.append]
            if newest is not None and newest.is_followed and newest.revision == before:
                takers.append(newest.take_up)
            if takers:
                # To write it down takes a while: once for all, and only where somebody needs it.
                done = step()
                for take_up in takers:
                    take_up(done)

    def _taken(self, follows: bool) -> Snapshot:
        target = self._folder / str(next(self._numbers))
        with self._lock:
            self._meanwhile = [] if follows else None
        try:
            revision = self._take(target)
        except BaseException:
            self._meanwhile = None
            raise
        with self._lock:
            if self._newest is not None:
                self._newest.supersede()
            taken, meanwhile = Snapshot(target, revision, self._lock), self._meanwhile or []
            self._newest, self._meanwhile = taken, None
            for step in meanwhile:
                if step.before == taken.revision:
                    taken.take_up(step)
            taken.is_followed = follows
        return taken

    def close(self) -> None:
        """Gives all of them up; who still reads from one isn't disturbed."""
        with self._lock:
            if self._newest is not None:
                self._newest.supersede()
            self._newest = None
        shutil.rmtree(self._folder, ignore_errors=True)
