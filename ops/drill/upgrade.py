"""The drill `rolling-upgrade`: processes of this code take the places of those of an earlier release, one by one."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from core.telemetry.drills import Sign
from ops.drill import looks, release
from ops.drill.marking import gettext_noop as _
from ops.drill.system import System, SystemEnded, end_with_parent
from ops.drill.target import BACK_S, Target
from ops.drill.waiting import eventually
from ops.launch.data_dir import BASE_DIR

#: Seconds of voting with the same mixture of old and new processes.
_MIXED_S = 2.0


class Older(System):
    """A system of an earlier release, with the packages of this one."""

    def __init__(self, data: Path, *options: str, workers: int = 1, commit: str) -> None:
        """`data` is a folder that is to be made; the code of that commit will lie beside it."""
        super().__init__(data, *options, workers=workers)
        self.code = data.with_name("code")
        release.unpack(commit, self.code)
        # What is a link is not installed anew.
        (self.code / ".venv").symlink_to(sys.prefix)
        self._newer: list[subprocess.Popen[bytes]] = []

    def migrate(self) -> None:
        """Migrate with the new code, as a start of it does; the old processes go on. Management is new from now on."""
        environment = self._environment_of("vote")
        self.code = BASE_DIR
        command = [sys.executable, "-m", "ops.launch.part", "prepare"]
        # It limits its own waits.
        done = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemEnded(f"the new code could not migrate: {done.stderr.strip()}")

    def replace(self, part: str) -> None:
        """Stop a part as an administrator does, and start it with the new code."""
        environment, old, name = self._environment_of(part), self.pid(part), f"{part}-new"
        self.hold(part, signal.SIGTERM)
        eventually(lambda: self.pid(part) != old, BACK_S, f"the end of the old {part}")
        command = [sys.executable, "-m", "ops.launch.part", name]
        with self._output.open("ab") as output:
            newer = subprocess.Popen(
                command,
                env=environment,
                cwd=BASE_DIR,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self._newer.append(newer)
        eventually(lambda: self._is_recorded(name, newer.pid), BACK_S, f"a new {part}")
        self.workers = [name if worker == part else worker for worker in self.workers]

    def destroy(self) -> None:
        """End all processes, the new ones too."""
        super().destroy()
        for newer in self._newer:
            newer.kill()
            newer.wait()
        self._newer.clear()

    def _environment_of(self, part: str) -> dict[str, str]:
        """Return the environment that bin/up has given to a part, for new code in its place."""
        environment = {**psutil.Process(self.pid(part)).environ(), "PYTHONPATH": str(BASE_DIR)}
        # Its user in the stores, which a part chooses itself.
        environment.pop("ROLE", None)
        return environment

    def _is_recorded(self, name: str, pid: int) -> bool:
        recorded = self.folder.recorded(name)
        return recorded is not None and recorded.pid == pid


def roll(target: Target[System]) -> None:
    """Migrate, and replace the parts one by one, in an order drawn by `target.rng`, with votes in between."""
    system = target.system
    assert isinstance(system, Older), "this drill begins with an earlier release"
    system.migrate()
    target.say(_("migrated; all processes are old"), Sign.FAULT, look=looks.OLD)
    time.sleep(_MIXED_S)
    old = ["vote", "result", *system.workers]
    target.rng.shuffle(old)
    while old:
        part = old.pop()
        target.say(_("{part} is stopped"), Sign.FAULT, part=part)
        system.replace(part)
        system.wait_ready(BACK_S)
        text = _("{part} is new; still old: {old}") if old else _("{part} is new, as all others are")
        target.say(text, Sign.RECOVERY, look=looks.MIXED, part=part, old=", ".join(old))
        time.sleep(_MIXED_S)
