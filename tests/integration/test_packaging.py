"""What is installed: one package that needs neither the checkout nor anybody else's names."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.processes import environment

CHECKOUT = Path(__file__).parents[2]
# What the build reads; built from a copy, so that it leaves nothing behind in the checkout.
SOURCES = ["fedjury", "oracle", "clients", "pyproject.toml", "README.md", "LICENSE"]
# Some of what must be there: code behind both links, and files that are no code.
INSTALLED = [
    "fedjury/__init__.py",
    "fedjury/artifacts/FederatedTask.json",
    "fedjury/artifacts/TaskFactory.json",
    "fedjury/clients/client.py",
    "fedjury/oracle/juror.py",
    "fedjury/py.typed",
]
NOT_OURS = 'raise ImportError("this is not fedjury\'s")\n'


def run(*command: object, directory: Path, **variables: str) -> str:
    """What a command that has to exit with 0 wrote to standard output."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=directory,
        env={**environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, as far as the build reads it."""
    copy = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (CHECKOUT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / name, copy / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(CHECKOUT / name, copy / name)
    return copy


def build_wheel(source: Path, directory: Path) -> Path:
    """Build the wheel with what is installed here, without any download."""
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir"]
    pip = [sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check"]
    run(*pip, *offline, "--wheel-dir", directory, source, directory=directory)
    (wheel,) = directory.glob("*.whl")
    return wheel


def contents(wheel: Path) -> dict[str, bytes]:
    """The files in a wheel by name, without what only describes it."""
    with zipfile.ZipFile(wheel) as archive:
        files = [each for each in archive.infolist() if ".dist-info/" not in each.filename]
        # a link would be an entry whose content is where it leads to
        assert not [
            each.filename for each in files if (each.external_attr >> 16) & 0o170000 == 0o120000
        ]
        return {each.filename: archive.read(each) for each in files}


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the copy."""
    return build_wheel(source, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_is_one_package_with_all_files(wheel: Path, source: Path) -> None:
    found = contents(wheel)
    assert {name.partition("/")[0] for name in found} == {"fedjury"}
    for name in INSTALLED:
        assert found[name] == (source / name).read_bytes()
    modules = {str(path.relative_to(source)) for path in python_files(source / "fedjury")}
    assert {name for name in found if name.endswith(".py")} == modules


def python_files(directory: Path) -> list[Path]:
    """The Python files in and below a directory, links followed."""
    walked = os.walk(directory, followlinks=True)
    return [Path(at, name) for at, _, names in walked for name in names if name.endswith(".py")]


def test_the_source_distribution_gives_the_same_wheel(
    wheel: Path, source: Path, tmp_path: Path
) -> None:
    build = f"import setuptools.build_meta as build; build.build_sdist({str(tmp_path)!r})"
    run(sys.executable, "-c", build, directory=source)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        unpacked = tmp_path / archive.getnames()[0].partition("/")[0]
        for name in INSTALLED:
            assert archive.getmember(f"{unpacked.name}/{name}").isfile()
        archive.extractall(tmp_path, filter="data")
    assert contents(build_wheel(unpacked, tmp_path)) == contents(wheel)


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of installed packages: fedjury, and a stranger's that is named `clients`."""
    site = tmp_path_factory.mktemp("site")
    write_package(site / "clients")
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    run(*pip, "--no-deps", "--no-index", "--target", site, wheel, directory=site)
    assert (site / "clients" / "__init__.py").read_text() == NOT_OURS
    assert not (site / "oracle").exists()
    return site


def write_package(directory: Path) -> None:
    """Make a package that cannot be imported."""
    directory.mkdir()
    (directory / "__init__.py").write_text(NOT_OURS)


def test_the_installed_demo_runs_where_others_have_the_names_clients_and_oracle(
    site: Path, tmp_path: Path
) -> None:
    for name in ("clients", "oracle"):
        write_package(tmp_path / name)
    ask = "import fedjury.clients.client as it, fedjury; print(fedjury.__file__, it.__file__)"
    found = run(sys.executable, "-c", ask, directory=tmp_path, PYTHONPATH=str(site))
    assert found.split() == [
        str(site / "fedjury" / "__init__.py"),
        str(site / "fedjury" / "clients" / "client.py"),
    ]
    demo = ["demo", "--rounds", 1, "--clients", 3, "--poisoners", 1, "--json"]
    told = run(sys.executable, "-m", "fedjury", *demo, directory=tmp_path, PYTHONPATH=str(site))
    document = json.loads(told.splitlines()[-1])
    assert document["audit"]["passed"] is True
    assert len(document["rounds"]) == 1
