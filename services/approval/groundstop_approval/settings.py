"""What approval needs beside the common settings: where people and faces are described."""

from pathlib import Path

from groundstop.settings import Settings

from groundstop_approval.domain.people import Directory, read_directory


class ApprovalSettings(Settings):
    """GROUNDSTOP_PEOPLE and GROUNDSTOP_FACES; both default to ``people.yaml`` and ``faces`` in the data folder."""

    people: Path | None = None
    faces: Path | None = None
    rubber_stamp_approvals: int = 8
    """So many approvals within ``rubber_stamp_s`` by one person raise an alarm: nobody reads that fast."""
    rubber_stamp_s: float = 30.0

    def directory(self) -> Directory:
        """The directory file, or nobody in particular. Raises BadDirectory, OSError when it cannot be read."""
        path = self.people or (self.data / "people.yaml" if self.data else None)
        if path is None or (self.people is None and not path.exists()):
            return Directory()
        return read_directory(path.read_text(encoding="utf-8"))

    def faces_folder(self) -> Path | None:
        """Where the faces' public keys are."""
        return self.faces or (self.data / "faces" if self.data else None)
