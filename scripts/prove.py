"""Prove what the contracts must never do: `make prove`.

    python scripts/prove.py              # slither, forge, halmos, then every broken contract
    python scripts/prove.py --quick      # without the broken contracts

Forge tries sequences of calls (proofs/Invariants.t.sol), halmos every single call from any storage
(proofs/Induction.t.sol). Each property is also tried on a contract that was broken on purpose,
which must make it fail: a proof that nothing can fail proves nothing.

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
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "proofs"
TOOLS = {"halmos": "halmos==0.3.3", "slither": "slither-analyzer==0.11.6"}
TASK = "contracts/FederatedTask.sol"
STATE = "contracts/types/RoundState.sol"
JURIES = "contracts/libraries/Juries.sol"

QUORUM = "nothing_is_finalized_without_a_quorum_of_the_sitting_jury"
NOTICE = "no_jury_enters_without_consent_before_its_notice"
PLACE = "every_submission_has_one_place_in_the_running_hash"
ONWARD = "the_round_never_goes_back"
ENDING = "only_finalizing_and_voiding_end_a_round"
REPORT = "check_a_report_needs_a_quorum_of_the_sitting_jury"
SUBMISSION = "check_a_submission_has_one_place_in_the_running_hash"
VOIDING = "check_voiding_is_late_and_lets_nobody_in_early"
ROSTER = "check_a_roster_waits_and_changes_nothing_else"
JURY = "check_an_announcement_starts_its_clock_and_nothing_else"


@dataclass(frozen=True)
class Broken:
    """A contract that was broken on purpose, and what must notice it."""

    what: str
    path: str
    right: str
    wrong: str
    invariant: str | None
    proof: str


BROKEN = (
    Broken(
        "a report needs no quorum",
        JURIES,
        "if (count < quorum) revert IFederatedTask.QuorumNotReached(count, quorum);",
        "",
        QUORUM,
        REPORT,
    ),
    Broken(
        "anybody may sign a report",
        JURIES,
        "if (!isMember[signer]) revert IFederatedTask.NotAJuror(signer, version);",
        "",
        QUORUM,
        REPORT,
    ),
    Broken(
        "every report lets the announced jury in",
        TASK,
        "wanted == next.hash ||",
        "wanted != 0 ||",
        NOTICE,
        REPORT,
    ),
    Broken(
        "voiding lets the announced jury in",
        TASK,
        "wanted == next.hash ||",
        "wanted == next.hash || wanted == 0 ||",
        NOTICE,
        VOIDING,
    ),
    Broken(
        "announcing again does not restart the clock",
        TASK,
        "_nextJury = Juries.Announced(hash, entersFrom,",
        "if (current.isJuryPending()) entersFrom = _nextJury.entersFrom;\n"
        "        _nextJury = Juries.Announced(hash, entersFrom,",
        None,
        JURY,
    ),
    Broken(
        "a submission forgets the ones before it",
        TASK,
        "UpdatesHash.add(_updatesHash,",
        "UpdatesHash.add(0,",
        PLACE,
        SUBMISSION,
    ),
    Broken(
        "a client may submit twice",
        TASK,
        "if (client.lastRound() == round) revert AlreadySubmitted(msg.sender, round);",
        "",
        None,
        SUBMISSION,
    ),
    Broken(
        "the third round is followed by the first",
        STATE,
        "number(state) + 1);",
        "(number(state) % 3) + 1);",
        ONWARD,
        VOIDING,
    ),
    Broken(
        "a new roster ends the round",
        TASK,
        "_round = current.withPendingRoster();",
        "_round = current.withPendingRoster().withNextRound(current.deadline());",
        ENDING,
        ROSTER,
    ),
    Broken(
        "a round may be voided at once",
        TASK,
        "if (block.timestamp < voidableFrom) revert",
        "if (block.timestamp + 1e18 < voidableFrom) revert",
        ENDING,
        VOIDING,
    ),
)


class Failed(Exception):
    """Something is not proved, or a broken contract was not noticed."""


def run(command: list[str], folder: Path) -> str:
    """Run a tool in a copy; return what it printed: npm's wrappers lose the exit code."""
    path = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def install(tool: str) -> Path:
    """The tool's program, installed at need."""
    folder = CACHE / tool
    program = folder / "bin" / tool
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, TOOLS[tool]], check=True)
    return program


def copy(name: str, broken: Broken | None = None) -> Path:
    """A copy of the contracts and the proofs, with one thing broken."""
    folder = CACHE / "copies" / name
    shutil.rmtree(folder / "contracts", ignore_errors=True)
    shutil.rmtree(folder / "proofs", ignore_errors=True)
    # What another broken contract failed at is not this one's.
    shutil.rmtree(folder / "cache" / "invariant", ignore_errors=True)
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    shutil.copytree(ROOT / "proofs", folder / "proofs")
    shutil.copy(ROOT / "proofs" / "foundry.toml", folder)
    modules = folder / "node_modules" / "@openzeppelin"
    if not modules.exists():
        shutil.copytree(ROOT / "node_modules" / "@openzeppelin", modules)
    compiler = folder / "solc"
    compiler.write_text(f'#!/bin/sh\nexec node "{ROOT / "scripts" / "solc.js"}" "$@"\n', "utf-8")
    compiler.chmod(0o755)
    if broken is not None:
        path = folder / broken.path
        source = path.read_text("utf-8")
        if source.count(broken.right) != 1:
            raise Failed(f"`{broken.what}` has nothing to break any more: mend scripts/prove.py")
        path.write_text(source.replace(broken.right, broken.wrong), "utf-8")
    return folder


def forge(folder: Path, match: str) -> tuple[bool, str]:
    """Whether the invariants hold as far as forge looks, and what it says."""
    command = ["forge", "test", "--match-contract", "InvariantsTest", "--match-test", match]
    told = run(command, folder)
    if not re.search(r"\[(PASS|FAIL)", told):
        raise Failed(told)
    return "[FAIL" not in told, told


def halmos(folder: Path, match: str) -> tuple[bool, str]:
    """Whether the proofs go through, and what halmos says."""
    command = [
        str(install("halmos")),
        "--contract",
        "InductionTest",
        "--loop",
        "8",
        "--match-test",
        match,
    ]
    told = run([*command, "--solver-timeout-assertion", "60000"], folder)
    if not re.search(r"\[(PASS|FAIL|TIMEOUT)\]", told) or "[ERROR]" in told or "loop-bound" in told:
        raise Failed(told)
    return "[FAIL]" not in told and "[TIMEOUT]" not in told, told


def slither(folder: Path) -> None:
    """Raise Failed at anything that slither finds and nothing beside the code explains."""
    command = [str(install("slither")), ".", "--compile-force-framework", "foundry"]
    command += ["--filter-paths", "node_modules|proofs/[A-Z]", "--json", "-"]
    command += ["--exclude-informational", "--exclude-optimization"]
    told = run(command, folder)
    answer = json.loads(told[told.index("{") : told.rindex("}") + 1])
    if not answer["success"]:
        raise Failed(told)
    found = answer["results"].get("detectors", [])
    if found:
        raise Failed("\n".join(each["description"] for each in found))


def passed(told: str) -> None:
    for line in re.findall(r"\[PASS\].*", told):
        print(" ", line)


def prove() -> None:
    """Hold the contracts to everything."""
    folder = copy("right")
    for name, tool in {"forge": forge, "halmos": halmos}.items():
        print(f"{name}:", flush=True)
        holds, told = tool(folder, "")
        passed(told)
        if not holds:
            raise Failed(told)
    print("slither:", flush=True)
    slither(folder)
    print("  nothing that is not explained beside the code")


def break_and_notice(broken: Broken) -> None:
    """Raise Failed when a broken contract is taken for a right one."""
    folder = copy("broken", broken)
    noticed = []
    if broken.invariant is not None:
        holds, _ = forge(folder, broken.invariant)
        noticed += [] if holds else ["forge"]
    holds, _ = halmos(folder, broken.proof.removeprefix("check_"))
    noticed += [] if holds else ["halmos"]
    wanted = ["halmos"] if broken.invariant is None else ["forge", "halmos"]
    print(f"  {broken.what}: noticed by {' and '.join(noticed) or 'nobody'}", flush=True)
    if noticed != wanted:
        raise Failed(f"`{broken.what}` should be noticed by {' and '.join(wanted)}")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Prove what the contracts must never do.")
    parser.add_argument("--quick", action="store_true", help="without the broken contracts")
    options = parser.parse_args(argv)
    try:
        prove()
        if not options.quick:
            print("broken on purpose:", flush=True)
            for broken in BROKEN:
                break_and_notice(broken)
    except Failed as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
