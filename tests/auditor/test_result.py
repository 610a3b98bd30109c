"""What `auditor.run` returns can be taken into a notebook, and imports pandas for nothing else."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import auditor
from auditor import demo
from reports import render
from tests.auditor.cli.prepared import environment


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    demo.build(folder)
    return folder


@pytest.fixture(scope="module")
def result(shop: Path) -> auditor.Result:
    return auditor.run(shop / "auditor.toml")


def test_without_a_word_it_is_the_events(result: auditor.Result) -> None:
    assert result.to_pandas().equals(result.to_pandas("events"))
    assert len(result.to_pandas()) >= len(result.to_pandas("findings")) > 0


def test_the_events_are_those_that_were_lost(result: auditor.Result) -> None:
    events = result.to_pandas()
    missing = events[(events.audit == "billing") & (events.check == "missing")]
    findings = result.to_pandas("findings").set_index("finding")
    assert len(missing) == findings.loc[missing.finding.iloc[0], "count"]
    assert missing.position.notna().all()
    assert str(missing.time.dtype) == "datetime64[us, UTC]"


def test_the_tables_belong_together_by_the_number_of_the_finding(result: auditor.Result) -> None:
    joined = result.to_pandas().merge(result.to_pandas("findings"), on="finding", validate="many_to_one")
    assert (joined.fingerprint_x == joined.fingerprint_y).all()


def test_the_totals_balance_in_the_frame_too(result: auditor.Result) -> None:
    audits = result.to_pandas("audits")
    parts = audits[["received", "pending", "parked", "missing", "unverifiable"]]
    assert (parts.sum(axis="columns") == audits.produced).all()


def test_all_events_are_there_when_all_are_asked_for(shop: Path) -> None:
    few = auditor.run(shop / "auditor.toml", names=["search"], max_findings=2).to_pandas()
    everything = auditor.run(shop / "auditor.toml", names=["search"], max_findings=None)
    counted = everything.to_pandas("findings")["count"].sum()
    assert len(few) < len(everything.to_pandas()) == counted


def test_a_table_that_there_is_not_is_told(result: auditor.Result) -> None:
    with pytest.raises(
        ValueError, match=r"there is no table 'event' \(there are events, findings, ranges, audits, not_checked\)"
    ):
        result.to_pandas("event")


def test_a_result_is_a_result_for_the_reports_as_well(result: auditor.Result) -> None:
    assert render(result, "json").startswith("{")
    assert isinstance(result.to_pandas("not_checked"), pd.DataFrame)


def test_an_audit_does_not_import_pandas(shop: Path) -> None:
    show = "import sys, auditor; auditor.run('auditor.toml', names=['accounting']); print('pandas' in sys.modules)"
    command = [sys.executable, "-c", show]
    done = subprocess.run(command, env=environment({}), cwd=shop, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
