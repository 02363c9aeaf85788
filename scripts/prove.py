"""Prove what the contracts must never do: `make prove`.

    python scripts/prove.py              # slither, forge, halmos, then every broken contract
    python scripts/prove.py --quick      # without the broken contracts, and of halmos only what
                                         # forge does not look at as well
    python scripts/prove.py --jobs 1     # one tool at a time; by default one for each processor

Forge tries sequences of calls (proofs/Invariants.t.sol), halmos every single call from any storage
(proofs/Induction.t.sol), both on the very code that the package ships. Each property is also tried
on a contract that was broken on purpose (proofs/broken.toml), which must make it fail: a proof that
nothing can fail proves nothing.

Everything runs in copies under .cache/proofs. halmos and slither pin another web3 than the project
does, so each has an environment of its own there.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROOFS = ROOT / "proofs"
CACHE = ROOT / ".cache" / "proofs"
TOOLS = {"halmos": "halmos==0.3.3", "slither": "slither-analyzer==0.11.6"}
COMPILE = ROOT / "scripts" / "compile_contracts.py"
SOLC = ROOT / ".cache" / "solcx" / "solc-v0.8.30"
SHIPPED = ("FederatedTask", "TaskFactory")
# The CBOR metadata at the end of each contract: a hash of its sources and settings.
METADATA = 53

# What a task found, in lines.
Told = list[str]


@dataclass(frozen=True)
class Broken:
    """A contract that was broken on purpose, and what must notice it."""

    what: str
    path: str
    right: str
    wrong: str
    proof: str
    claim: str | None = None


class Failed(Exception):
    """Something is not proved, or a broken contract was not noticed."""


def run(command: list[str], folder: Path, **settings: str) -> str:
    """Run a tool in a copy; return what it printed: npm's wrappers lose the exit code."""
    path = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def install_compiler() -> None:
    """Put solc where the copies' foundry.toml will look for it."""
    done = subprocess.run(
        [sys.executable, str(COMPILE), "--install"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Failed(done.stderr.strip())


def program(tool: str) -> Path:
    """Where a tool's program stands, once it is installed."""
    return CACHE / tool / "bin" / tool


def install(tool: str) -> None:
    """Install a tool in an environment of its own, unless it is there."""
    if program(tool).exists():
        return
    venv.create(CACHE / tool, with_pip=True, clear=True)
    pip = [str(CACHE / tool / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, TOOLS[tool]], check=True)


def copy(name: str, broken: Broken | None = None) -> Path:
    """A copy of the contracts and the proofs, with one thing broken."""
    folder = CACHE / "copies" / name.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    shutil.copytree(PROOFS, folder / "proofs")
    shutil.copy(PROOFS / "foundry.toml", folder)
    modules = folder / "node_modules"
    modules.mkdir()
    (modules / "@openzeppelin").symlink_to(ROOT / "node_modules" / "@openzeppelin")
    (folder / "solc").symlink_to(SOLC)
    if broken is not None:
        path = folder / "contracts" / broken.path
        source = path.read_text("utf-8")
        if source.count(broken.right) != 1:
            raise Failed(f"`{broken.what}` has nothing to break any more: mend proofs/broken.toml")
        path.write_text(source.replace(broken.right, broken.wrong), "utf-8")
    return folder


def forge(folder: Path, match: str, shrink: bool = True) -> tuple[bool, str]:
    """Whether the invariants hold as far as forge looks, and what it says.

    What breaks one it makes as short as it can, which takes longer than to find it.
    """
    settings = {} if shrink else {"FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0"}
    command = ["forge", "test", "--match-contract", "InvariantsTest", "--match-test", match]
    told = run(command, folder, **settings)
    if not re.search(r"\[(PASS|FAIL)", told):
        raise Failed(told)
    return "[FAIL" not in told, told


def halmos(folder: Path, match: str, *options: str) -> tuple[bool, str]:
    """Whether the proofs go through whose names match a pattern, and what halmos says."""
    command = [str(program("halmos")), "--contract", "InductionTest", "--match-test", match]
    command += ["--loop", "8", "--solver-timeout-assertion", "600000", *options]
    told = run(command, folder)
    if not re.search(r"\[(PASS|FAIL|TIMEOUT)\]", told) or "[ERROR]" in told or "loop-bound" in told:
        raise Failed(told)
    return "[FAIL]" not in told and "[TIMEOUT]" not in told, told


def require_shipped_code(folder: Path) -> None:
    """Raise Failed unless a copy compiles to the code that the package ships."""
    for name in SHIPPED:
        compiled = json.loads((folder / "out" / f"{name}.sol" / f"{name}.json").read_text("utf-8"))
        shipped = json.loads((ROOT / "fedjury" / "artifacts" / f"{name}.json").read_text("utf-8"))
        ours = bytes.fromhex(compiled["deployedBytecode"]["object"].removeprefix("0x"))
        theirs = bytes.fromhex(shipped["deployedBytecode"].removeprefix("0x"))
        if ours[:-METADATA] != theirs[:-METADATA]:
            raise Failed(f"fedjury/artifacts has another {name} than is proved: `make contracts`")


def prove(proofs: Collection[str]) -> Told:
    """Hold the contracts to all claims and to these proofs; raise Failed when they do not hold."""
    folder = copy("right")
    lines = []
    for tool, match in ((forge, ""), (halmos, f"({'|'.join(sorted(proofs))})[(]")):
        holds, told = tool(folder, match)
        if not holds:
            raise Failed(told)
        passed = re.findall(r"\[PASS\]\S* (.*)", told)
        lines += [f"{tool.__name__}:", *(f"  {line}" for line in passed)]
    if left := [each for each in proofs if f"  check_{each}(" not in "\n".join(lines)]:
        raise Failed(f"halmos did not look at {', '.join(sorted(left))}")
    require_shipped_code(folder)
    return lines


def quick_proofs(broken: Iterable[Broken]) -> set[str]:
    """The proofs that look at something which no claim of forge's does: some contract is broken so
    that they alone notice it."""
    return {each.proof for each in broken if each.claim is None}


def analyze() -> Told:
    """Raise Failed at anything that slither finds and nothing beside the code explains."""
    command = [str(program("slither")), ".", "--compile-force-framework", "foundry"]
    command += ["--filter-paths", "node_modules|proofs/[A-Z]", "--json", "-"]
    command += ["--exclude-informational", "--exclude-optimization"]
    told = run(command, copy("analyzed"))
    answer = json.loads(told[told.index("{") : told.rindex("}") + 1])
    if not answer["success"]:
        raise Failed(told)
    found = answer["results"].get("detectors", [])
    if found:
        raise Failed("\n".join(each["description"] for each in found))
    return ["slither:", "  nothing that is not explained beside the code"]


def notice(broken: Broken) -> Told:
    """Raise Failed when a broken contract is taken for a right one."""
    folder = copy(broken.what, broken)
    noticed = []
    if broken.claim is not None:
        holds, _ = forge(folder, broken.claim, shrink=False)
        noticed += [] if holds else ["forge"]
    holds, _ = halmos(folder, broken.proof, "--early-exit")
    noticed += [] if holds else ["halmos"]
    wanted = ["halmos"] if broken.claim is None else ["forge", "halmos"]
    if noticed != wanted:
        told = f"is noticed by {' and '.join(noticed) or 'nobody'}"
        raise Failed(f"`{broken.what}` {told} instead of {' and '.join(wanted)}")
    return [f"  {broken.what}: noticed by {' and '.join(noticed)}"]


def broken_contracts() -> list[Broken]:
    """The contracts that are broken on purpose; raise Failed when a property has none."""
    listed = tomllib.loads((PROOFS / "broken.toml").read_text("utf-8"))["broken"]
    contracts = [Broken(**each) for each in listed]
    claims = _functions("Invariants.t.sol", "invariant_") - {each.claim for each in contracts}
    proofs = _functions("Induction.t.sol", "check_") - {each.proof for each in contracts}
    if claims or proofs:
        raise Failed(f"no broken contract makes it fail: {', '.join(sorted(claims | proofs))}")
    return contracts


def _functions(file: str, prefix: str) -> set[str]:
    source = (PROOFS / file).read_text("utf-8")
    return set(re.findall(rf"function {prefix}(\w+)\(", source))


def run_all(quick: bool, jobs: int) -> Iterator[Told]:
    """What each task found, in a fixed order; raise Failed at the first that failed."""
    broken = broken_contracts()
    proofs = quick_proofs(broken) if quick else {each.proof for each in broken}
    tasks: list[Callable[[], Told]] = [partial(prove, proofs), analyze]
    if quick:
        left = sorted(f"  {each.proof}" for each in broken if each.proof not in proofs)
        tasks.append(lambda: ["left out, as forge looks at them too:", *dict.fromkeys(left)])
    else:
        tasks.append(lambda: ["broken on purpose:"])
        tasks += [partial(notice, each) for each in broken]
    install_compiler()
    for tool in TOOLS:
        install(tool)
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            for future in futures:
                yield future.result()
        except Failed:
            pool.shutdown(cancel_futures=True)
            raise


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Prove what the contracts must never do.")
    parser.add_argument("--quick", action="store_true", help="without what takes long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="tools at a time")
    options = parser.parse_args(argv)
    try:
        for told in run_all(options.quick, options.jobs):
            print(*told, sep="\n", flush=True)
    except Failed as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
