"""Snapshots: read-only copies of the store on disk, each gone as soon as nobody reads from it and there is a newer."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path


class Snapshot:
    """A read-only copy of the store at one revision."""

    def __init__(self, directory: Path, revision: int, lock: threading.Lock) -> None:
        self.directory = directory
        self.revision = revision
        """What was read from it may be newer by a change that was being written, and is never older."""
        self._lock = lock
        self._holders = 0
        self._is_newest = True

    @property
    def is_newest(self) -> bool:
        """Whether no newer one of the same store was taken, and the store is still open."""
        return self._is_newest

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

    def __init__(self, folder: Path, revision: Callable[[], int], take: Callable[[Path], None]) -> None:
        self._folder = folder
        self._revision = revision
        self._take = take
        self._lock = threading.Lock()
        # Apart from the other, so that holding and letting go never wait for a snapshot that is being taken.
        self._taking = threading.Lock()
        self._newest: Snapshot | None = None

    def at_hand(self) -> Snapshot | None:
        """The one of the current revision, where it was taken already; to read from it, hold it."""
        newest = self._newest
        return newest if newest is not None and newest.revision == self._revision() else None

    def held(self) -> Snapshot:
        """
        The one of the current revision, held for the caller.

        It is taken when it is first asked for. All who ask while another one is being taken wait, and share the next.
        """
        with self._taking:
            revision = self._revision()
            newest = self._newest
            if newest is None or newest.revision != revision:
                newest = self._taken(revision)
            newest.hold()
            return newest

    def _taken(self, revision: int) -> Snapshot:
        target = self._folder / str(revision)
        if target.exists():
            shutil.rmtree(target)
        self._take(target)
        with self._lock:
            if self._newest is not None:
                self._newest.supersede()
            self._newest = Snapshot(target, revision, self._lock)
        return self._newest

    def close(self) -> None:
        """Gives all of them up; who still reads from one isn't disturbed."""
        with self._lock:
            if self._newest is not None:
                self._newest.supersede()
            self._newest = None
        shutil.rmtree(self._folder, ignore_errors=True)
