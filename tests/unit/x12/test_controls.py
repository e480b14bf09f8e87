"""Control numbers that were used: told exactly while they count upwards, within a cap otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recoup_x12.core.controls import Controls

NUMBERS = st.one_of(
    st.integers(0, 30).map(str), st.integers(0, 30).map("{:04}".format), st.sampled_from(["", "A1", "²"])
)


@given(st.lists(NUMBERS, max_size=80))
def test_it_knows_what_came_before_as_a_set_does(numbers: list[str]) -> None:
    controls, known = Controls(), set[str]()
    for number in numbers:
        assert (number in controls) == (number in known)
        controls.add(number)
        known.add(number)


def test_numbers_that_count_upwards_take_no_room() -> None:
    controls = Controls()
    for n in range(1, 200_000):
        controls.add(f"{n:04}")
    assert "0001" in controls and "199999" in controls and "1" not in controls and "200000" not in controls
    assert controls.size < 10


def test_beyond_the_cap_nothing_more_is_remembered_and_nothing_forgotten() -> None:
    controls = Controls(cap=100)
    for n in range(0, 1000, 2):
        controls.add(f"{n:04}")
    assert controls.size == 100
    assert "0000" in controls and "0198" in controls and "0998" not in controls
