"""The event simulation: processes share the cores of their machine."""

import pytest

from ops.scaling.events import Activity, Machine, Process, Simulation


def ends(simulation: Simulation, *works: tuple[Process, float, bool]) -> list[float]:
    """When each work is done that begins now, in the order in which they are given."""
    found = [0.0] * len(works)

    def activity(number: int, process: Process, seconds: float, urgent: bool) -> Activity:
        yield process.work(seconds, urgent=urgent)
        found[number] = simulation.now

    for number, work in enumerate(works):
        simulation.start(activity(number, *work))
    simulation.run(100)
    return found


def test_two_processes_share_one_core() -> None:
    simulation = Simulation()
    machine = Machine(simulation, 1)
    one, other = Process(machine), Process(machine)

    # Both at half speed until the short one ends after 2 s; the long one then has the core.
    assert ends(simulation, (one, 1.0, False), (other, 3.0, False)) == pytest.approx([2.0, 4.0])


def test_two_processes_on_two_cores_do_not_wait() -> None:
    simulation = Simulation()
    machine = Machine(simulation, 2)

    assert ends(simulation, (Process(machine), 1.0, False), (Process(machine), 3.0, False)) == pytest.approx([1.0, 3.0])


def test_a_process_does_one_thing_after_the_other() -> None:
    simulation = Simulation()
    process = Process(Machine(simulation, 2))

    assert ends(simulation, (process, 1.0, False), (process, 1.0, False)) == pytest.approx([1.0, 2.0])
    assert process.used == pytest.approx(2.0)


def test_what_is_urgent_goes_before_what_waits() -> None:
    simulation = Simulation()
    process = Process(Machine(simulation, 1))

    assert ends(simulation, (process, 1.0, False), (process, 1.0, False), (process, 1.0, True)) == pytest.approx(
        [1.0, 3.0, 2.0]
    )


def test_a_pause_takes_no_core() -> None:
    simulation = Simulation()
    process = Process(Machine(simulation, 1))
    woken: list[float] = []

    def sleeper() -> Activity:
        yield simulation.pause(1.0)
        woken.append(simulation.now)

    simulation.start(sleeper())

    assert ends(simulation, (process, 2.0, False)) == pytest.approx([2.0])
    assert woken == pytest.approx([1.0])
