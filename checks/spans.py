"""Sets of positions as ascending, disjoint, closed intervals."""

from collections.abc import Iterable, Iterator, Sequence

Spans = tuple[tuple[int, int], ...]


def union(*several: Iterable[tuple[int, int]]) -> Spans:
    """What lies in any of them. Intervals that touch stay apart: there may be something between them.

    >>> union([(1, 3), (8, 9)], [(2, 5)], [(6, 6)])
    ((1, 5), (6, 6), (8, 9))
    """
    found: list[tuple[int, int]] = []
    for first, last in sorted(each for some in several for each in some):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def common(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> Spans:
    """What lies in both.

    >>> common([(1, 5), (8, 9)], [(4, 8)])
    ((4, 5), (8, 8))
    """
    found, here, there = [], 0, 0
    while here < len(left) and there < len(right):
        first, last = max(left[here][0], right[there][0]), min(left[here][1], right[there][1])
        if first <= last:
            found.append((first, last))
        if left[here][1] <= right[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def without(spans: Iterable[tuple[int, int]], other: Sequence[tuple[int, int]]) -> Spans:
    """What lies in the first and not in the other.

    >>> without([(1, 9)], [(3, 4), (9, 12)]), without([(1, 2)], [])
    (((1, 2), (5, 8)), ((1, 2),))
    """
    return tuple(each for span in spans for each in _outside(span, other))


def _outside(span: tuple[int, int], other: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at, end = span
    for first, last in other:
        if last >= at and first <= end:
            if first > at:
                yield at, first - 1
            at = last + 1
    if at <= end:
        yield at, end


def around(spans: Iterable[tuple[int, int]], positions: Sequence[int]) -> Spans:
    """The intervals in which one of these ascending positions lies, each no longer than from its first to its last.

    >>> around([(1, 9), (12, 15)], [3, 7, 20])
    ((3, 7),)
    """
    found = []
    for first, last in spans:
        inside = [position for position in positions if first <= position <= last]
        if inside:
            found.append((inside[0], inside[-1]))
    return tuple(found)
