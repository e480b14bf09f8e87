"""What is kept beside a packed state for queries: what lies at the named paths, as it is written."""

from __future__ import annotations

import pytest

from shared.runtime.excerpt import excerpt_of

STATE = b'{"a":"1.50","b":{"c":[1,2],"d":4},"l":[{"x":null,"q":1},{"y":{"z":"k"}},{"q":2}],"n":null,"e":{},"other":1}'


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        ([], "{}"),
        (["a"], '{"a":"1.50"}'),
        (["a", "absent"], '{"a":"1.50"}'),
        (["b.c"], '{"b":{"c":[1,2]}}'),
        (["b"], '{"b":{"c":[1,2],"d":4}}'),
        (["b.absent", "e.absent"], '{"b":{},"e":{}}'),
        (["n", "n.deeper"], '{"n":null}'),
        (["l.*.x", "l.*.y.z"], '{"l":[{"x":null},{"y":{"z":"k"}},{}]}'),
    ],
)
def test_what_lies_at_the_paths_is_kept(paths: list[str], kept: str) -> None:
    assert excerpt_of(paths)(STATE) == kept
