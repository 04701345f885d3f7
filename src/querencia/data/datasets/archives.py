"""Members out of ZIP archives, one at a time, in a stream."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from querencia.data.datasets.made import Progress
from querencia.errors import DownloadError

_CHUNK = 1 << 20


def unpack(archive: Path, name: str, *, to: Path, on_progress: Progress | None = None) -> None:
    """Unpack the member of a ZIP archive whose path ends in `name` into the file `to`, its checksum verified.

    Raises DownloadError for an archive that is damaged or has no such member; a damaged one is removed.
    """
    part = to.with_name(f"{to.name}.part")
    try:
        with zipfile.ZipFile(archive) as book:
            member = next((info for info in book.infolist() if info.filename.rpartition("/")[2] == name), None)
            if member is None:
                raise DownloadError(
                    f"{str(archive)!r} holds no {name!r}, but {book.namelist()[:10]!r}. The publisher has changed the "
                    "archive: look on the data set's page, or update querencia."
                )
            done = 0
            with book.open(member) as source, part.open("wb") as file:
                while chunk := source.read(_CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    if on_progress is not None:
                        on_progress(f"bytes of {name} unpacked", done, member.file_size)
        part.replace(to)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        part.unlink(missing_ok=True)
        archive.unlink(missing_ok=True)
        raise DownloadError(
            f"{str(archive)!r} is damaged ({error}) and was removed. Run it again to fetch it anew."
        ) from error
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DownloadError(
            f"Cannot write {str(to)!r}: {error.strerror or error}. Free the disk, or give another folder, and run it "
            "again: the archive is kept."
        ) from error
