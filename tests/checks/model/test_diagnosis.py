import pytest

from checks.model.diagnosis import Diagnosis, Examined, Level


def line(level: Level) -> Examined:
    return Examined(of="store", name="shop", topic="connection", level=level, message="")


@pytest.mark.parametrize(
    ("levels", "worst", "decided"),
    [
        ([Level.FINE, Level.WARNING, Level.UNKNOWN, Level.FAILURE], Level.FAILURE, False),
        ([Level.FINE, Level.UNKNOWN, Level.WARNING], Level.UNKNOWN, False),
        ([Level.FINE, Level.WARNING], Level.WARNING, True),
        ([Level.FINE], Level.FINE, True),
        ([], Level.UNKNOWN, False),
    ],
)
def test_the_worst_line_decides_and_warnings_leave_it_decided(levels: list[Level], worst: Level, decided: bool) -> None:
    diagnosis = Diagnosis(lines=tuple(map(line, levels)))
    assert (diagnosis.level, diagnosis.decided) == (worst, decided)


def test_counts_name_every_level_worst_first() -> None:
    counts = Diagnosis(lines=(line(Level.FINE), line(Level.FINE), line(Level.FAILURE))).counts()
    assert list(counts.items()) == [(Level.FAILURE, 1), (Level.UNKNOWN, 0), (Level.WARNING, 0), (Level.FINE, 2)]
