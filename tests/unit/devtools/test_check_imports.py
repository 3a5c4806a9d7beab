"""Import circles are found wherever the import stands, and each is named."""

from __future__ import annotations

from itertools import pairwise

import pytest

from devtools.check_imports import circles, imports_of

MODULES = frozenset({"shop", "shop.prices", "shop.orders"})


@pytest.mark.parametrize("source", [
    "from shop.prices import price",
    "from shop import prices",
    "import shop.prices",
    "def total():\n    from shop.prices import price",
    "if TYPE_CHECKING:\n    from shop.prices import Price",
])
def test_an_import_counts_wherever_it_stands(source: str) -> None:
    assert "shop.prices" in imports_of(source, MODULES)
    assert "shop.orders" not in imports_of(source, MODULES)


def test_every_circle_is_named_along_its_imports() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": {"d", "a"}, "f": {"f", "a"}}
    named = list(circles(graph))
    assert sorted(sorted(set(circle)) for circle in named) == [["a", "b", "c"], ["d", "e"]]
    for circle in named:
        assert all(after in graph[before] for before, after in pairwise(circle))


def test_no_circle_where_there_is_none() -> None:
    assert list(circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})) == []
