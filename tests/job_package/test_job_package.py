"""The deployed job is what is installed, and the same bytes each time."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from ddb_assets import job_package


def test_the_library_is_the_same_bytes_each_time() -> None:
    assert job_package.build_library() == job_package.build_library()


def test_the_library_imports_from_its_zip_alone(tmp_path: Path) -> None:
    (tmp_path / "library.zip").write_bytes(job_package.build_library())
    library = str(tmp_path / "library.zip")
    script = f"import sys; sys.path.insert(0, {library!r}); import ddb_snapshot.job as job; print(job.__file__)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.startswith(str(tmp_path))


def test_the_library_holds_every_module() -> None:
    with zipfile.ZipFile(io.BytesIO(job_package.build_library())) as archive:
        names = set(archive.namelist())

    assert "dagster_pipes/__init__.py" in names
    assert {"ddb_snapshot/job.py", "ddb_snapshot/columns/planning.py", "ddb_snapshot/formats/parquet.py"} <= names
