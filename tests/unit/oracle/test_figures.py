"""What a juror counts, and what it must not."""

from dataclasses import replace

from fedjury.oracle.events import (
    BatchUnread,
    FilesReleased,
    Judging,
    KeepingFailed,
    RoundFinalized,
    RoundJudged,
    UpdateJudged,
)
from fedjury.oracle.exchange.events import (
    Equivocation,
    HaveFrozen,
    JurorsDiffer,
    MachineDiffers,
    Voted,
    WrongMac,
)
from fedjury.oracle.exchange.lapse_events import FilesUnclaimed, FileUnserved, LeaderSilent
from fedjury.oracle.exchange.standing import Standing
from fedjury.oracle.figures import JurorFigures
from fedjury.oracle.slice_events import SliceLeaked
from fedjury.protocol.verdicts import VerdictCode
from fedjury.runtime.events import Waiting
from tests.support.fake_federation import JUROR
from tests.support.figures import figures_of

PEER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
# Numbers that turn up nowhere else.
SECRETS = (987_601, 987_602, 987_603, 987_604, 987_605)
JUDGED = RoundJudged(
    round=4,
    accepted=1,
    updates=3,
    baseline_correct=SECRETS[0],
    model_correct=SECRETS[1],
    seconds=2,
    fetching=0.5,
)
DIFFER = JurorsDiffer(
    round=4,
    attempt=0,
    juror=PEER,
    update=0,
    code="accepted",
    other_code="not-improved",
    count=SECRETS[3],
    other_count=SECRETS[4],
    software="fedjury 1",
    other_software="fedjury 2",
    reason="they found other counts",
)


def judged(code: VerdictCode) -> UpdateJudged:
    """An update with this verdict."""
    reason = f"{SECRETS[2]} right with it, {SECRETS[0]} to beat"
    return UpdateJudged(round=4, client=PEER, code=code.label, correct=SECRETS[2], reason=reason)


def step_of(figures: JurorFigures) -> list[str]:
    """What the juror is at."""
    prefix = 'fedjury_juror_step{step="'
    found = figures_of(figures).items()
    return [name.removeprefix(prefix)[:-2] for name, on in found if name.startswith(prefix) and on]


def test_every_verdict_is_there_from_the_beginning() -> None:
    found = figures_of(JurorFigures())
    for code in VerdictCode:
        assert found[f'fedjury_juror_updates_judged_total{{code="{code.label}"}}'] == 0
    assert found["fedjury_juror_rounds_judged_total"] == 0


def test_what_a_juror_does_is_counted() -> None:
    figures = JurorFigures()
    figures.watch(lambda: 5, lambda: None, lambda: 0.75, tuple)
    for code in (VerdictCode.ACCEPTED, VerdictCode.DUPLICATE, VerdictCode.ACCEPTED):
        figures.event(judged(code))
    figures.event(
        BatchUnread(round=4, relayer=PEER, cid="Qm", updates=7, code="unavailable", reason="gone")
    )
    figures.event(JUDGED)
    figures.event(RoundFinalized(round=4, block=9, gas=1, transaction="0x"))
    figures.event(KeepingFailed(reason="disk"))
    figures.event(FilesReleased(files=3))
    found = figures_of(figures)
    assert found['fedjury_juror_updates_judged_total{code="accepted"}'] == 2
    assert found['fedjury_juror_updates_judged_total{code="duplicate"}'] == 1
    assert found['fedjury_juror_updates_judged_total{code="unavailable"}'] == 7
    assert found["fedjury_juror_rounds_judged_total"] == 1
    assert found["fedjury_juror_judging_seconds_sum"] == 1.5
    assert found['fedjury_juror_fetching_seconds_sum{use="judging"}'] == 0.5
    assert found["fedjury_juror_rounds_finalized_total"] == 1
    assert found["fedjury_juror_keeping_failures_total"] == 1
    assert found["fedjury_juror_files_released_total"] == 3
    assert found["fedjury_juror_files_kept"] == 5
    assert found["fedjury_juror_grace_left_ratio"] == 0.75


def test_one_step_is_on_at_a_time() -> None:
    figures = JurorFigures()
    assert step_of(figures) == ["starting"]
    for event, step in (
        (Waiting(round=4, reason="the round is open"), "waiting"),
        (Judging(round=4, updates=3, batched=0), "judging"),
        (JUDGED, "judged"),
        (Voted(round=4, attempt=0, report="0x12"), "voted"),
    ):
        figures.event(event)
        assert step_of(figures) == [step]


def test_what_is_told_of_peers_is_counted_by_peer_and_kind() -> None:
    figures = JurorFigures()
    events = [WrongMac(round=4, attempt=0, juror=PEER), DIFFER, DIFFER]
    events += [Equivocation(round=4, juror=PEER, kind="vote", attempt=0)]
    events += [FileUnserved(round=4, juror=PEER, cid="Qm", reason="it refuses: HTTP 404")]
    events += [FilesUnclaimed(round=4, juror=PEER, updates=2, batches=0)]
    events += [LeaderSilent(round=4, attempt=number, juror=PEER) for number in range(3)]
    for event in events:
        figures.event(event)
    found = figures_of(figures)
    counts = {"wrong-mac": 1, "jurors-differ": 2, "equivocation": 1}
    counts |= {"file-unserved": 1, "files-unclaimed": 1, "leader-silent": 3}
    for kind, count in counts.items():
        name = f'fedjury_juror_peer_events_total{{kind="{kind}",peer="{PEER}"}}'
        assert found[name] == count


def test_events_of_each_other_juror_are_counted_from_zero_on() -> None:
    """Of a figure that begins with 1 Prometheus sees no increase."""
    figures, others, name = JurorFigures(), set[str](), "fedjury_juror_peer_events_total"
    figures.watch(lambda: 0, lambda: None, lambda: None, lambda: others)
    assert name not in str(figures_of(figures))
    others.add(PEER.lower())
    counted = {key: n for key, n in figures_of(figures).items() if key.startswith(name)}
    kinds = ["equivocation", "file-unserved", "files-unclaimed", "jurors-differ", "leader-silent"]
    kinds += ["peer-misbehaved", "peer-unreachable", "proposal-refused", "slice-received"]
    kinds += ["wrong-mac"]
    assert counted == {f'{name}{{kind="{kind}",peer="{PEER}"}}': 0 for kind in kinds}
    figures.event(WrongMac(round=4, attempt=0, juror=PEER.lower()))
    found = figures_of(figures)
    assert found[f'{name}{{kind="wrong-mac",peer="{PEER}"}}'] == 1
    assert found[f'{name}{{kind="equivocation",peer="{PEER}"}}'] == 0


def test_a_jury_is_shown_as_it_stands_when_somebody_looks() -> None:
    figures, standing = JurorFigures(), [Standing(None, 2, 0, 3, False, {PEER: False, "0x1": True})]
    figures.watch(lambda: 0, lambda: standing[-1], lambda: None, tuple)
    found, reachable = figures_of(figures), 'fedjury_juror_peer_reachable{peer="%s"}'
    assert "fedjury_juror_attempt" not in found
    assert (found["fedjury_juror_haves_known"], found["fedjury_juror_votes_needed"]) == (2, 3)
    assert (found[reachable % PEER], found[reachable % "0x1"]) == (0, 1)
    assert found["fedjury_juror_jurors_reachable"] == 2
    standing.append(Standing(1, 4, 3, 3, True, {"0x1": True}, {"0x1": 7}))
    found = figures_of(figures)
    assert (found["fedjury_juror_attempt"], found["fedjury_juror_votes_known"]) == (1, 3)
    assert found["fedjury_juror_certified"] == 1
    assert found['fedjury_juror_peer_lacks{peer="0x1"}'] == 7
    assert reachable % PEER not in found


def versions_of(figures: JurorFigures) -> dict[str, float]:
    """What is shown of the versions of jurors, by labels."""
    name = "fedjury_juror_software_info"
    shown = figures_of(figures).items()
    return {key.removeprefix(name): value for key, value in shown if key.startswith(name)}


def labels(juror: str, software: str) -> str:
    """Of a juror's version, as Prometheus reads them."""
    return f'{{juror="{juror}",software="{software}"}}'


def test_where_jurors_differ_both_versions_are_shown_and_of_each_juror_the_latest_alone() -> None:
    figures, me = JurorFigures(), JUROR.address
    low, last = PEER.lower(), [Standing(None, 2, 0, 3, False, {PEER.lower(): True})]
    figures.watch(lambda: 0, lambda: last[-1], lambda: None, tuple)
    assert versions_of(figures) == {}
    last.append(replace(last[0], software={me.lower(): "fedjury 1"}))
    figures.event(DIFFER)
    both = {labels(me, "fedjury 1"): 1.0, labels(PEER, "fedjury 2"): 1.0}
    assert versions_of(figures) == both
    last.append(replace(last[1], software={me.lower(): "fedjury 1", low: 'a "3" \\'}))
    assert versions_of(figures) == {
        labels(me, "fedjury 1"): 1.0,
        labels(PEER, 'a \\"3\\" \\\\'): 1.0,
    }
    last.append(last[1])  # the next round, in which the other one has not voted yet
    assert len(versions_of(figures)) == 2
    last.append(Standing(None, 1, 0, 1, False, {}, {}, {me.lower(): "fedjury 1"}))
    assert versions_of(figures) == {labels(me, "fedjury 1"): 1.0}


def test_what_is_amiss_with_this_juror_is_counted() -> None:
    figures = JurorFigures()
    figures.event(MachineDiffers(round=4, attempt=0, jurors=[PEER, "0x1"]))
    figures.event(SliceLeaked(round=4, slice=1, discloser=PEER, block=9))
    found = figures_of(figures)
    assert found["fedjury_juror_machine_differs_total"] == 1
    assert found["fedjury_juror_slices_leaked_total"] == 1


def test_files_for_a_have_are_timed() -> None:
    figures = JurorFigures()
    figures.event(HaveFrozen(round=4, held=2, entries=3, seconds=1.25))
    assert figures_of(figures)['fedjury_juror_fetching_seconds_sum{use="have"}'] == 1.25


def test_requests_are_counted_by_way_kind_and_answer() -> None:
    figures = JurorFigures()
    figures.traffic.served("files", "answered", 100)
    figures.traffic.served("files", "answered", 20)
    figures.traffic.asked("feed", "unavailable", 0)
    found = figures_of(figures)
    requests, size = "fedjury_juror_exchange_requests_total", "fedjury_juror_exchange_bytes_total"
    assert found[f'{requests}{{answer="answered",kind="files",way="served"}}'] == 2
    assert found[f'{requests}{{answer="unavailable",kind="feed",way="asked"}}'] == 1
    assert found[f'{size}{{kind="files",way="served"}}'] == 120


def test_no_figure_tells_of_the_secret_samples() -> None:
    figures = JurorFigures()
    for code in VerdictCode:
        figures.event(judged(code))
    figures.event(JUDGED)
    figures.event(DIFFER)
    text = figures.text().decode()
    values = set(figures_of(figures).values())
    for secret in SECRETS:
        assert str(secret) not in text
        assert float(secret) not in values
