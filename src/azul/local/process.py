"""Programs that run beside us, and not longer than us."""
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import requests

from azul.errors import ConfigurationError
from azul.local.ports import HOST, Port, require_free


class Child:
    """
    A server in a process of its own. Making an instance starts it; `stop` or the end of a `with` stops it.

    It inherits nothing of our environment, nor does it get our terminal's signals: Ctrl-C is for us, who then stop our
    children in order. On Linux the system kills it should we die without stopping it.

    :param name: of the log file, and what messages call it
    :param command: the program and its arguments, which everyone on the machine can read: no secrets here
    :param port: where it is going to listen
    :param run: an existing folder, for its log and as its working directory
    :param environment: all of its environment but the search path
    :param ready: whether it does its work by now. Asked repeatedly, with the child; must not take long.
    :raises ConfigurationError: if the port is taken
    """

    def __init__(self,
                 name: str,
                 command: Sequence[str],
                 *,
                 port: int,
                 run: Path,
                 environment: Mapping[str, str],
                 ready: Callable[['Child'], bool]
                 ) -> None:
        # The signal that the system sends on our behalf is due when the thread ends that started the child.
        assert threading.current_thread() is threading.main_thread()
        # Some programs do not mind that their port is taken, and then another one answers in their stead.
        require_free([Port(port, name)])
        self.name, self.port, self.log = name, port, run / f'{name}.log'
        self._ready = ready
        with self.log.open('wb') as log:
            self._process = subprocess.Popen(command,
                                             cwd=run,
                                             env={'PATH': os.defpath, **environment},
                                             stdin=subprocess.DEVNULL,
                                             stdout=log,
                                             stderr=subprocess.STDOUT,
                                             start_new_session=True,
                                             preexec_fn=_dying_with(os.getpid()))

    @property
    def address(self) -> str:
        """The `host:port` where it listens."""
        return f'{HOST}:{self.port}'

    @property
    def url(self) -> str:
        return f'http://{self.address}'

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait(self, patience: float = 60) -> Self:
        """
        Return as soon as the child is ready.

        :param patience: in seconds; the child is stopped when they are over
        :raises ConfigurationError: if it is not ready by then, or died before; with the end of its log
        """
        deadline = time.monotonic() + patience
        while not self._ready(self):
            self.check()
            if time.monotonic() > deadline:
                self.stop()
                self._fail(f'was not ready after {patience:g} seconds')
            time.sleep(0.05)
        self.check()
        return self

    def check(self) -> None:
        """
        :raises ConfigurationError: if the child is not running any more; with the end of its log
        """
        status = self._process.poll()
        if status is not None:
            self._fail(f'was ended by signal {-status}' if status < 0 else f'ended with exit status {status}')

    def stop(self, grace: float = 5) -> None:
        """
        End the child, by force if need be. Idempotent.

        :param grace: seconds that it has for an orderly end
        """
        for sent in (signal.SIGTERM, signal.SIGKILL):
            if self.running:
                # It leads a group of its own, in which are those that it started, if any.
                os.killpg(self.pid, sent)
                try:
                    self._process.wait(grace)
                except subprocess.TimeoutExpired:
                    continue

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _fail(self, what: str) -> None:
        tail = self.log.read_text(errors='replace').splitlines()[-20:]
        raise ConfigurationError(f'The {self.name} {what}', [f'the end of its log, {self.log}:', *tail])


def get(url: str, path: str = '/') -> requests.Response | None:
    """The answer of a server of ours, None if it has none within two seconds."""
    with requests.Session() as session:
        # A proxy that the environment demands for the rest of the world does not know our loopback interface.
        session.trust_env = False
        try:
            return session.get(url + path, timeout=2)
        except requests.RequestException:
            return None


if sys.platform == 'linux':
    # Looked up here because little is safe to do between fork and exec.
    _prctl = ctypes.CDLL(None).prctl
    _PR_SET_PDEATHSIG = 1

    def _dying_with(parent: int) -> Callable[[], None] | None:
        def before_exec() -> None:
            # Not SIGTERM: nobody would be left to send the second signal.
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        return before_exec
else:
    def _dying_with(parent: int) -> Callable[[], None] | None:
        return None
