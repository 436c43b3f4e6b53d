"""The process manager: supervisor in this process, with its events on our console."""

from pathlib import Path

from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions, decode_wait_status
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from ops.launch.console import Console
from ops.launch.instructor import Instructor

#: Seconds, at most, between two starts of a part that doesn't stay.
LONGEST_WAIT_S = 10
_CONFIGURATION = Path(__file__).with_name("supervisord.conf")


def supervise(console: Console, instructor: Instructor) -> int:
    """Start all parts and watch them until SIGINT, SIGTERM or SIGHUP; return the exit code when all have stopped.

    Supervisor's own `main` would start everything again on SIGHUP, which a closed terminal sends.
    """
    options = _Options()
    options.realize(["--nodaemon", "--configuration", str(_CONFIGURATION)])
    supervisor = _Supervisor(options, console, instructor)
    try:
        supervisor.main()
    except ExitNow:
        options.close_logger()
    return 1 if supervisor.failed else 0


class _Options(ServerOptions):
    """Remembers how the last process ended, which supervisor's events leave out."""

    last_end = ""
    # As supervisor's own `main` does.
    first = True
    test = False

    def waitpid(self) -> tuple[int | None, int | None]:
        pid, status = super().waitpid()
        if pid:
            self.last_end = decode_wait_status(status)[1]
        return pid, status


class _Supervisor(Supervisor):
    """Reports what happens to the parts."""

    def __init__(self, options: _Options, console: Console, instructor: Instructor) -> None:
        super().__init__(options)
        self._console = console
        self._instructor = instructor
        self.failed = False

    def runforever(self) -> None:
        # Only now: supervisor drops earlier subscriptions.
        self._subscribe()
        super().runforever()

    def _subscribe(self) -> None:
        events.subscribe(events.ProcessLogEvent, self._on_output)
        events.subscribe(events.ProcessStateExitedEvent, self._on_exit)
        events.subscribe(events.ProcessStateBackoffEvent, self._on_backoff)
        events.subscribe(events.ProcessStateStoppedEvent, self._on_stopped)
        events.subscribe(events.SupervisorStoppingEvent, self._on_stopping)

    def _on_output(self, event: events.ProcessLogEvent) -> None:
        name = event.process.config.name
        self._console.output("up" if name == "prepare" else name, event.data)

    def _on_exit(self, event: events.ProcessStateEvent) -> None:
        name = event.process.config.name
        self._console.ended(name)
        if name == "prepare":
            if not event.expected:
                self.failed = True
                self.options.mood = SupervisorStates.SHUTDOWN
            return
        self._instructor.has_ended(name, self.options.last_end)
        wait = f"in {event.process.backoff} s" if event.process.backoff else "now"
        self._console.line("up", f"{name} ended ({self.options.last_end}); starting it again {wait}")

    def _on_backoff(self, event: events.ProcessStateEvent) -> None:
        # Supervisor adds a second for each failed start, without a limit.
        too_long = max(0, event.process.backoff - LONGEST_WAIT_S)
        event.process.backoff -= too_long
        event.process.delay -= too_long
        self._on_exit(event)

    def _on_stopped(self, event: events.ProcessStateEvent) -> None:
        self._console.ended(event.process.config.name)
        self._console.line("up", f"{event.process.config.name} has stopped")

    def _on_stopping(self, _event: events.SupervisorStateChangeEvent) -> None:
        self._console.line("up", "stopping all parts; the data stays")
        self._instructor.stop()
